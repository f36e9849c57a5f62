"""What several of the expert programs share."""

from __future__ import annotations

# With several objects to move, each gets a second try, so that one slip does not spoil the rest.
MOVE = """
def move(block, place, *where, **how):
    for last in (False, True):
        try:
            pick(block)
            return place(*where, **how)
        except PrimitiveError as error:
            if last or holding() or error.code not in ("slipped", "grasp_missed", "place_failed"):
                raise
"""

# Which of its two sides perception calls x is open, and may change between two looks: the longer side says.
HEADING = """
def heading(o):
    return o.yaw if o.size[0] >= o.size[1] else o.yaw + math.pi / 2
"""

# Lay a box down with its longer side along a heading.
LAY = (
    HEADING
    + """
def lay(block, spot, along):
    for last in (False, True):
        try:
            held = pick(block)
            return place_at(spot, yaw=along - heading(held) + held.yaw)
        except PrimitiveError as error:
            if last or holding() or error.code not in ("slipped", "grasp_missed", "place_failed"):
                raise
"""
)
