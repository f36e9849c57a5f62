"""Goal checks of the suite `tabletop`, and what those of other suites share: programs that look and `require`.

They know what the instruction says and what the cameras see, and nothing of the true state. Tolerances are those of the
judges, widened by what perception errs by.
"""

from __future__ import annotations

LOOKING = """
def apart(a, b):
    return float(np.hypot(a.x - b.x, a.y - b.y))

def released():
    require(not holding(), "the jaws still hold something")

def stayed(*moved, most=0.03):
    # Of several that are alike, the nearest one.
    for was in before():
        if was.name not in moved:
            gap = min([apart(was, now) for now in detect(was.name)], default=None)
            where = "is not seen any more" if gap is None else f"is {1000 * gap:.0f} mm from where it was"
            require(gap is not None and gap < most, f"the {was.name} {where}, and should have stayed there")

def lies(name):
    thing = find(name)
    low = thing.z - thing.size[2] / 2
    require(low < 0.012, f"the {name} is not on the table but {1000 * low:.0f} mm above it")

def inside(name, bowl):
    thing, into = find(name), find(bowl)
    far = apart(thing, into)
    within = far < into.size[0] / 2 - 0.01 and thing.z - thing.size[2] / 2 < into.top - 0.005
    require(within, f"the {name} is {1000 * far:.0f} mm from the middle of the {bowl}, not in it")

def on_top(upper, lower):
    a, b = find(upper), find(lower)
    far, gap = apart(a, b), a.z - a.size[2] / 2 - b.top
    said = f"the {upper} is {1000 * far:.0f} mm beside the middle of the {lower} and {1000 * gap:.0f} mm above its top"
    require(far < 0.5 * min(b.size[:2]) + 0.004 and abs(gap) < 0.014, said)
"""

LINE = """
def in_row(names, tolerance=0.02, gap=0.165):
    points = np.array([find(n).position[:2] for n in names])
    middle = points.mean(axis=0)
    way = np.linalg.svd(points - middle)[2][0]
    along = np.sort((points - middle) @ way)
    across = np.abs((points - middle) @ np.array([-way[1], way[0]]))
    worst = int(across.argmax())
    require(across[worst] < tolerance, f"the {names[worst]} is {1000 * across[worst]:.0f} mm off the line")
    widest = float(np.diff(along).max())
    require(widest < gap, f"two neighbours in the line are {1000 * widest:.0f} mm apart")
    return way
"""

PUT_IN_BOWL = LOOKING + 'inside("{block}", "{bowl}")\nreleased()\nstayed("{block}", "{bowl}")\n'
MATCHING = (
    LOOKING
    + """
for color in {colors}:
    inside(f"{color} block", f"{color} bowl")
released()
stayed(*[f"{color} block" for color in {colors}], most=0.055)
"""
)
STACK_TWO = LOOKING + 'on_top("{upper}", "{lower}")\nlies("{lower}")\nreleased()\nstayed("{upper}", "{lower}")\n'
STACK_IN_ORDER = (
    LOOKING
    + """
tower = {tower}
for lower, upper in zip(tower, tower[1:]):
    on_top(upper, lower)
lies(tower[0])
released()
stayed(*tower)
"""
)
TO_CORNER = (
    LOOKING
    + """
require(is_at("{block}", region("{corner} corner")), "the {block} is not in the {corner} corner")
lies("{block}")
released()
stayed("{block}")
"""
)
LINE_UP = LOOKING + LINE + "\nnames = {blocks}\nin_row(names)\nfor name in names:\n    lies(name)\nreleased()\n"
PYRAMID = (
    LOOKING
    + """
left, right, top = find("{left}"), find("{right}"), find("{top}")
far = apart(left, right)
require(far < 1.6 * left.size[0] + 0.005, f"the {left} and the {right} are {1000 * far:.0f} mm apart")
gap = top.z - top.size[2] / 2 - (left.top + right.top) / 2
require(abs(gap) < 0.014, f"the {top} is {1000 * gap:.0f} mm above the top of the two others")
for base in (left, right):
    require(apart(top, base) < 0.045, f"the {top} does not rest on the {base.name}")
lies("{left}")
lies("{right}")
released()
"""
)
