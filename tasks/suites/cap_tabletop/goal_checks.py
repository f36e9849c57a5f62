"""Goal checks of the templates, by the name of the template."""

from __future__ import annotations

from ...goal_checks import LINE, LOOKING
from .spatial import ACROSS, BANDS, DIAGONAL

_WAYS = """
WAYS = {"top": (1, 0), "bottom": (-1, 0), "left": (0, 1), "right": (0, -1)}
CORNERS = ("top left corner", "top right corner", "bottom left corner", "bottom right corner")
blocks = sorted(b.name for b in before("block"))

def in_part(name, place):
    require(is_at(name, region(place)), f"the {name} is not at the {place}")

def only(name, *more):
    lies(name)
    released()
    stayed(name, *more)
"""
_TOWER = """
def tower():
    order = sorted(blocks, key=lambda name: find(name).z)
    for lower, upper in zip(order, order[1:]):
        on_top(upper, lower)
    return order[0]
"""
_SORTED = """
bowls = [b.name for b in before("bowl")]
for name in blocks:
    block = find(name)
    bowl = min((find(b) for b in bowls), key=lambda b: apart(b, block))
    inside(name, bowl.name)
    require((bowl.color == block.color) == MATCH, f"the {name} is in the {bowl.name}")
released()
stayed(*blocks, most=0.055)
"""
_MOVED_TO = """
in_part(name, "{place}")
only(name)
"""
_BASE = LOOKING + _WAYS

GOAL_CHECKS: dict[str, str] = {
    "put-on": _BASE
    + """
if "{target}".endswith("bowl"):
    inside("{block}", "{target}")
else:
    on_top("{block}", "{target}")
released()
stayed("{block}", "{target}")
""",
    "stack-all": _BASE + _TOWER + "\nlies(tower())\nreleased()\nstayed(*blocks)\n",
    "stack-at": _BASE
    + _TOWER
    + '\nlowest = tower()\nlies(lowest)\nin_part(lowest, "{place}")\nreleased()\nstayed(*blocks)\n',
    "gather": _BASE
    + """
for name in blocks:
    in_part(name, "{place}")
    lies(name)
released()
stayed(*blocks)
""",
    "fill": _BASE
    + """
for name in blocks:
    inside(name, "{bowl}")
released()
stayed("{bowl}", *blocks)
""",
    "match": _BASE + "\nMATCH = True\n" + _SORTED,
    "mismatch": _BASE + "\nMATCH = False\n" + _SORTED,
    "beside": _BASE
    + """
bowl = before("{bowl}")[0]
dx, dy = WAYS["{direction}"]

def ahead(b):
    x, y = b.x - bowl.x, b.y - bowl.y
    return dx * x + dy * y > abs(dx * y - dy * x)

name = max([b for b in before("block") if ahead(b)], key=lambda b: dx * b.x + dy * b.y).name
"""
    + _MOVED_TO,
    "distance": _BASE
    + '\nbowl = before("{bowl}")[0]\nname = {which}(before("block"), key=lambda b: apart(b, bowl)).name\n'
    + _MOVED_TO,
    "nth": _BASE
    + """
dx, dy = WAYS["{direction}"]
name = sorted(before("block"), key=lambda b: -(dx * b.x + dy * b.y))[{rank}].name
"""
    + _MOVED_TO,
    "corners": _BASE
    + """
taken = {}
for name in blocks:
    corner = next((c for c in CORNERS if is_at(name, region(c))), None)
    require(corner is not None, f"the {name} is in no corner")
    require(corner not in taken, f"the {name} is in the {corner} with the {taken.get(corner)}")
    taken[corner] = name
    lies(name)
released()
stayed(*blocks)
""",
    "offset": _BASE
    + f'\nlow, high = {BANDS}["{{magnitude}}"]\nacross_most = {ACROSS}\n'
    + """
name = "{block}"
block, bowl = find(name), find("{bowl}")
dx, dy = WAYS["{direction}"]
x, y = block.x - bowl.x, block.y - bowl.y
along, across = dx * x + dy * y, abs(dx * y - dy * x)
require(low <= along <= high, f"the {name} is {1000 * along:.0f} mm to the {direction} of the bowl")
require(across <= across_most, f"the {name} is {1000 * across:.0f} mm beside that direction")
only(name)
""",
    "corner": _BASE
    + """
name = "{block}"
bowl = before("{bowl}")[0]
corner = {which}(CORNERS, key=lambda c: np.hypot(region(c).center[0] - bowl.x, region(c).center[1] - bowl.y))
in_part(name, corner)
only(name)
""",
    "line": _BASE
    + LINE
    + f"\nnear, far = {tuple(round(a, 4) for a in DIAGONAL)}\n"
    + """
way = in_row(blocks)
angle = np.arctan2(abs(way[0]), abs(way[1]))
bounds = {"horizontal": (0, near), "vertical": (far, 1.6), "diagonal": (near, far)}["{line}"]
require(bounds[0] <= angle <= bounds[1], f"the line runs at {np.degrees(angle):.0f} degrees, which is not {line}")
for name in blocks:
    lies(name)
released()
stayed(*blocks)
""",
}
"""A block is meant as it lay when the instruction was given: `before`."""
