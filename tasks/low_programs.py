"""Expert programs of the low tier, out of images, masks, points, boxes, joint motion and jaw widths: what all of them
share, and those of the first tasks."""

BASE = """
CLEAR = 0.2  # m: height of the tool at which what it carries passes over everything

def boxes():
    image = observe("overhead")
    return {part.name: oriented_box(point_cloud(image, part.mask)) for part in segment(image)}

def top_of(box):
    return box.center[2] + box.size[2] / 2

def grasp(name, side=0.04, clear=CLEAR):
    # Seen from above, a box is only as high as what can be seen of its sides: its top counts, its height is known.
    box = boxes()[name]
    x, y, _ = box.center
    turn = min((box.yaw, box.yaw + np.pi / 2, box.yaw - np.pi / 2), key=abs)
    set_gripper(min(box.size[1] + 0.024, 0.08))
    move_joints(inverse_kinematics((x, y, clear), turn))
    follow([(x, y, max(top_of(box) - side / 2, 0.012))], speed=0.15)
    if set_gripper(0.0) < 0.01:
        set_gripper(0.08)
        raise PrimitiveError("grasp_missed", "the jaws closed on nothing")
    follow([(x, y, clear)], speed=0.25)
    return turn

def put(x, y, bottom, turn=0.0, side=0.04, clear=CLEAR):
    move_joints(inverse_kinematics((x, y, clear), turn))
    follow([(x, y, bottom + side / 2 + 0.001)], speed=0.1)
    set_gripper(side + 0.02)
    follow([(x, y, clear)], speed=0.25)

def away(a, b):
    return float(np.hypot(a.center[0] - b.center[0], a.center[1] - b.center[1]))
"""

PUT_IN_BOWL = (
    BASE
    + """
bowl = boxes()["{bowl}"]
turn = grasp("{block}")
put(bowl.center[0], bowl.center[1], 0.012, turn)
go_home()
"""
)

MATCHING = (
    BASE
    + """
for color in {colors}:
    seen = boxes()
    block, bowl = seen[f"{color} block"], seen[f"{color} bowl"]
    if away(block, bowl) > 0.05:
        turn = grasp(f"{color} block")
        put(bowl.center[0], bowl.center[1], 0.012, turn)
        go_home()
"""
)

STACK_TWO = (
    BASE
    + """
lower = boxes()["{lower}"]
turn = grasp("{upper}")
put(lower.center[0], lower.center[1], top_of(lower), turn)
go_home()
"""
)

STACK_IN_ORDER = (
    BASE
    + """
tower = {tower}
for name, upper in zip(tower, tower[1:]):
    lower = boxes()[name]
    turn = grasp(upper)
    put(lower.center[0], lower.center[1], top_of(lower), turn)
    go_home()
"""
)

TO_CORNER = (
    BASE
    + """
area = region("{corner} corner")
turn = grasp("{block}")
put(area.center[0], area.center[1], 0.0, turn)
go_home()
"""
)

LINE_UP = (
    BASE
    + """
blocks = sorted(boxes().items(), key=lambda item: item[1].center[1])
# The row runs from right to left at the distance from the robot that has most room.
x = max(np.arange(0.38, 0.63, 0.01), key=lambda x: min(abs(box.center[0] - x) for _, box in blocks))
for i, (name, _) in enumerate(blocks):
    turn = grasp(name)
    put(x, 0.1 * (i - (len(blocks) - 1) / 2), 0.0, turn)
    go_home()
"""
)

PYRAMID = (
    BASE
    + """
seen = boxes().values()
spots = [(x, y) for x in np.arange(0.4, 0.62, 0.02) for y in np.arange(-0.24, 0.25, 0.02)]
x, y = max(spots, key=lambda s: min(np.hypot(b.center[0] - s[0], b.center[1] - s[1]) for b in seen))
for name, dy, bottom in (("{left}", 0.0235, 0.0), ("{right}", -0.0235, 0.0), ("{top}", 0.0, 0.04)):
    # The jaws close along y of the tool: turned by a quarter, the fingers stay clear of the block beside.
    grasp(name)
    put(x, y + dy, bottom, np.pi / 2)
    go_home()
"""
)
