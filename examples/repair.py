"""A first program that fails and a second one written from its feedback. Run: python examples/repair.py"""

import tempfile
from pathlib import Path

from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.session import Session
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.stage import set_up

# What a model might write: first it takes the colour of the block for that of the bowl.
ATTEMPTS = (
    'pick("red block")\nplace_in("red bowl")',
    'pick("red block")\nplace_in("blue bowl")',
)


def main() -> list[str]:
    """How each attempt ended."""
    robot = set_up([Placement(BodySpec("block", "red"), 0.45, 0.1), Placement(BodySpec("bowl", "blue"), 0.55, -0.1)], 0)
    author = ScriptedAuthor([fence(program) for program in ATTEMPTS])
    with Session(robot, author, Path(tempfile.mkdtemp(prefix="capra-"))) as session:
        result = session.run("put the red block in the bowl")
    robot.close()
    return [attempt.outcome for attempt in result.attempts]


if __name__ == "__main__":
    raise SystemExit(0 if main() == ["primitive_error", "completed"] else 1)
