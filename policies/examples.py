"""The example programs that the prompt shows. Tests run each of them, so that none teaches a mistake."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """An instruction and a program that carries it out.

    scene: what is on the table, in the words of `--scene`.
    """

    scene: str
    instruction: str
    program: str


EXAMPLES: tuple[Example, ...] = (
    Example(
        "red block, green bowl",
        "put the red block in the green bowl",
        """\
pick("red block")
place_in("green bowl")
""",
    ),
    Example(
        "red block, blue block, red bowl, blue bowl",
        "put every block into the bowl of its own color",
        """\
for block in detect("block"):
    pick(block)
    place_in(f"{block.color} bowl")
""",
    ),
    Example(
        "yellow block, green block",
        "put the yellow block on the green one; try again when the grasp fails",
        """\
for attempt in range(3):
    try:
        pick("yellow block")
        place_on("green block")
        break
    except PrimitiveError as error:
        # Lost or missed: it can be tried again. Anything else cannot be mended here.
        if error.code not in ("grasp_missed", "slipped", "place_failed") or attempt == 2:
            raise
""",
    ),
    Example(
        "purple block, orange block",
        "move the block that is nearest to the robot 8 cm to the left",
        """\
nearest = min(detect("block"), key=lambda block: block.x)
pick(nearest)
place_at((nearest.x, nearest.y + 0.08))
""",
    ),
    Example(
        "red block, blue block, green bowl",
        "how many blocks are there?",
        """\
say(f"There are {len(detect('block'))} blocks.")
""",
    ),
    Example(
        "red block, green bowl, blue bowl",
        "put the red block in the bowl",
        """\
bowls = detect("bowl")
answer = ask(f"There are {len(bowls)} bowls, {' and '.join(bowl.color for bowl in bowls)}: which do you mean?")
meant = [bowl for bowl in bowls if bowl.color in answer.lower()]
if len(meant) == 1:
    pick("red block")
    place_in(meant[0])
else:
    say(f"I still do not know which bowl you mean by {answer!r}, so I leave everything where it is.")
""",
    ),
    Example(
        "red block, green bowl",
        "cut the red block in half",
        """\
say("I cannot cut the red block: the gripper has no blade, it can only carry things.")
""",
    ),
    Example(
        "red block, green bowl",
        "put the red block in the green bowl",
        """\
image = observe("overhead")
boxes = {part.name: oriented_box(point_cloud(image, part.mask)) for part in segment(image)}
grasp = plan_grasp(boxes["red block"])[0]
bowl = boxes["green bowl"]
above = np.array([0, 0, 0.12])
set_gripper(grasp.width)
move_joints(inverse_kinematics(grasp.position + above, grasp.yaw))
follow([grasp.position], speed=0.1)
if set_gripper(0.0) < 0.003:
    raise PrimitiveError("grasp_missed", "the jaws closed on nothing")
x, y, z = bowl.center
follow([grasp.position + above, (x, y, 0.25), (x, y, z + 0.06)])
set_gripper(0.08)
follow([(x, y, 0.25)])
""",
    ),
)
