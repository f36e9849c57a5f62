"""A policy program and what it takes to run it: scene, session, result. Run: python examples/matching_bowls.py"""

import tempfile
from pathlib import Path

import numpy as np

from capra.policies.author.replay import expert_author
from capra.policies.session import Session
from capra.sim.camera import CameraNoise
from capra.sim.scene import parse_words, sample
from capra.tasks.stage import set_up

PROGRAM = """
for block in detect("block"):
    pick(block)
    place_in(f"{block.color} bowl")
say("every block is in the bowl of its color")
"""


def main() -> bool:
    """Whether the program ran to its end."""
    specs = parse_words("red block, blue block, red bowl, blue bowl")
    robot = set_up(sample(specs, np.random.default_rng(4)), seed=4, noise=CameraNoise())
    run_dir = Path(tempfile.mkdtemp(prefix="capra-"))
    with Session(robot, expert_author(PROGRAM), run_dir) as session:
        result = session.run("put the blocks into the bowls of their color", attempts=1)
    robot.close()
    return result.completed


if __name__ == "__main__":
    raise SystemExit(0 if main() else 1)
