"""What an author reads when it is asked for a goal check: nothing about any program."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ...primitives.registry import Registry
from ...primitives.values import Object
from ..author.fences import fence
from ..author.messages import Message
from ..check import stubs
from ..prompt import values_text, world_text

_RULES = """\
You write goal checks for a robot arm at a table. A goal check is a small Python program that runs after the arm has \
worked. It looks at the scene through the cameras and says whether an instruction is fulfilled. It moves nothing.

# Your reply

The whole goal check in exactly one fenced block that begins with ```python.

# Rules

- Call require(condition, why_not) once for each thing that must hold. The instruction counts as fulfilled when the \
check ran to its end and every condition held. why_not is read by whoever writes the next program: one sentence that \
names the object, where it is and where it should be.
- before(query) gives the objects as they were when the instruction was given: what "the leftmost block" meant then, \
and where things stood that should not have moved.
- Only the functions below, `math`, and `numpy as np` are at hand. No motion, no say(), no files.
- Metres, radians. Robot base frame: x forward (away from the robot), y to the left, z up; the table is z = 0. "top" \
of the table is far (+x), "left" is +y.
- Positions are measured to about half a centimetre: allow 1 to 2 cm, and more where the instruction is vague. Demand \
what the instruction says, that nothing is held at the end, and that things which it does not name stayed where they \
were (within 3 cm). Nothing else.
- Something that is not seen raises not_found, and the instruction counts as not fulfilled."""

_EXAMPLES: tuple[tuple[str, str], ...] = (
    (
        "put the green block on the red block",
        """\
upper, lower = find("green block"), find("red block")
apart = np.hypot(upper.x - lower.x, upper.y - lower.y)
gap = upper.position[2] - upper.size[2] / 2 - lower.top
require(apart < 0.025 and abs(gap) < 0.015, f"the green block is {100 * apart:.0f} cm beside the red block")
require(not holding(), "the jaws still hold something")
for was in before():
    if was.name != "green block":
        now = [o for o in detect(was.name) if np.hypot(o.x - was.x, o.y - was.y) < 0.03]
        require(now, f"the {was.name} is not where it was")
""",
    ),
    (
        "move the block on the left to the bottom side",
        """\
name = max(before("block"), key=lambda b: b.y).name
require(is_at(name, region("bottom side")), f"the {name}, which was the leftmost block, is not at the bottom side")
require(not holding(), "the jaws still hold something")
""",
    ),
)


def goal_messages(library: Registry, instruction: str, objects: Sequence[Object], holding: str | None) -> list[Message]:
    """The request for the goal check of an instruction. objects: as seen before anything moved."""
    examples = "\n\n".join(f"Instruction: {json.dumps(wish)}\n{fence(text)}".rstrip() for wish, text in _EXAMPLES)
    system = "\n\n".join(
        [
            _RULES,
            f"# Functions\n\n```python\n{stubs(library)}\n```",
            f"# Values\n\n{values_text(library)}",
            f"# Examples\n\n{examples}",
        ]
    )
    wish = f"Instruction: {json.dumps(instruction.strip(), ensure_ascii=False)}"
    world = world_text(objects, holding, "", "")
    user = f"{wish}\n\nNothing has been done yet. {world}\n\nWrite the goal check of this instruction."
    return [Message(role="system", content=system), Message(role="user", content=user)]
