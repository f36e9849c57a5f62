"""What the expert programs of the suite share."""

from ...tabletop import MOVE as _MOVE

MOVE = (
    _MOVE
    + """
def inside(block, area):
    away = np.abs(np.array([block.x, block.y]) - area.center[:2])
    return bool((away <= area.size / 2 - 0.005).all())

def distance(a, b):
    return float(np.hypot(a.x - b.x, a.y - b.y))

WAYS = {"top": (1, 0), "bottom": (-1, 0), "left": (0, 1), "right": (0, -1)}

def along(way, a):
    return WAYS[way][0] * a.x + WAYS[way][1] * a.y
"""
)

STACK = (
    MOVE
    + """
def stack(blocks):
    for lower, upper in zip(blocks, blocks[1:]):
        move(upper, place_on, lower)
"""
)
