"""Motions that must never reach a driver: what a wrong program, a wrong unit or a wrong scene would ask of an arm.

`HOSTILE` names each with what it is and which rule must refuse it; each is made for whatever arm stands on the stand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from .boxes import BoxObstacle
from .pose import Pose, Vector
from .protocols import JointTrajectory
from .proving import Asked, Held, Stand
from .safety import Workspace, walls
from .trajectory import SAMPLE_TIME, point_to_point

_LONG: Held = ((0.03, 0.36, 0.03), Pose())  # across the jaws: it reaches 18 cm to either side


@dataclass(frozen=True)
class Hostile:
    """One hostile command. violated: rules of `SafetyViolation`, one of which must refuse it."""

    name: str
    kind: str
    violated: frozenset[str]
    make: Callable[[Stand], Asked]


HOSTILE: list[Hostile] = []

Make = Callable[[Stand], Asked]


def _add(name: str, kind: str, violated: str, make: Make) -> None:
    HOSTILE.append(Hostile(name, kind, frozenset(violated.split()), make))


def _changed(change: Callable[[JointTrajectory, Stand], JointTrajectory]) -> Make:
    """A good motion with something wrong about it; the arm is where the good one starts."""
    return lambda stand: Asked(change(stand.good(), stand), start=stand.home)


# Form, numbers, times


def _empty(t: JointTrajectory, stand: Stand) -> JointTrajectory:
    return JointTrajectory(t.times[:0], t.positions[:0], t.velocities[:0])


def _joints(count: int, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    pick = np.arange(len(stand.home) + count) % len(stand.home)
    return replace(t, positions=t.positions[:, pick], velocities=t.velocities[:, pick])


def _spoiled(field: str, value: float, at: int, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    values = getattr(t, field).copy()
    values.reshape(len(values), -1)[at] = value
    return replace(t, **{field: values})


def _times(change: Callable[[Vector], Vector], t: JointTrajectory, stand: Stand) -> JointTrajectory:
    return replace(t, times=change(t.times.copy()))


def _swapped(times: Vector) -> Vector:
    times[[9, 10]] = times[[10, 9]]
    return times


def _stuck(times: Vector) -> Vector:
    times[10] = times[9]
    return times


_add("empty trajectory", "form", "form", _changed(_empty))
_add("one joint too few", "form", "form", _changed(partial(_joints, -1)))
_add("one joint too many", "form", "form", _changed(partial(_joints, 1)))
_add("positions of one posture only", "form", "form", _changed(lambda t, s: replace(t, positions=t.positions[0])))
_add("a velocity missing", "form", "form", _changed(lambda t, s: replace(t, velocities=t.velocities[:-1])))
_add("a time missing", "form", "form", _changed(lambda t, s: replace(t, times=t.times[:-1])))
_add("times in two columns", "form", "form", _changed(lambda t, s: replace(t, times=np.column_stack([t.times] * 2))))
for _field in ("times", "positions", "velocities"):
    for _value in (np.nan, np.inf, -np.inf):
        _add(f"{_value} in the {_field}", "numbers", "numbers", _changed(partial(_spoiled, _field, _value, 20)))
_add("NaN as the last posture", "numbers", "numbers", _changed(partial(_spoiled, "positions", np.nan, -1)))
_add("a state of NaN", "numbers", "numbers", lambda s: Asked(s.good(), start=np.full(len(s.home), np.nan)))
_add("time running backwards", "times", "times", _changed(partial(_times, lambda t: t[::-1].copy())))
_add("two samples swapped in time", "times", "times", _changed(partial(_times, _swapped)))
_add("two samples at one time", "times", "times", _changed(partial(_times, _stuck)))
_add("a start at 1 s", "times", "times", _changed(partial(_times, lambda t: t + 1.0)))
_add("a start at -1 s", "times", "times", _changed(partial(_times, lambda t: t - 1.0)))
_add("milliseconds as seconds", "units", "times", _changed(partial(_times, lambda t: 1000 * t)))


def _thinned(every: int, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    rows = [*range(0, len(t.times) - 1, every), len(t.times) - 1]
    return JointTrajectory(t.times[rows], t.positions[rows], t.velocities[rows])


_add("two samples only", "times", "times velocity", _changed(partial(_thinned, 10_000)))
_add("a sample every quarter second", "times", "times", _changed(partial(_thinned, 60)))


# Units


def _degrees(t: JointTrajectory, stand: Stand) -> JointTrajectory:
    return JointTrajectory(t.times, np.rad2deg(t.positions), np.rad2deg(t.velocities))


def _goal_in_degrees(stand: Stand) -> Asked:
    good = stand.good()
    slow = replace(stand.model.limits, lower=(-1e3,) * len(stand.home), upper=(1e3,) * len(stand.home))
    return Asked(point_to_point(stand.home, np.rad2deg(good.positions[-1]), slow), start=stand.home)


_add("positions and velocities in degrees", "units", "start_mismatch position", _changed(_degrees))
_add("a goal in degrees", "units", "position", _goal_in_degrees)
_add(
    "velocities in degrees per second", "units", "velocity inconsistent acceleration",
    _changed(lambda t, s: replace(t, velocities=np.rad2deg(t.velocities))),
)  # fmt: skip


# Start and end


def _elsewhere(offset: float, stand: Stand) -> Asked:
    start = stand.home.copy()
    start[0] += offset
    return Asked(stand.good(), start=start)


def _cut(rows: slice, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    times = t.times[rows]
    return JointTrajectory(times - times[0], t.positions[rows], t.velocities[rows])


def _from_the_middle(stand: Stand) -> Asked:
    t = stand.good()
    return Asked(_cut(slice(len(t.times) // 2, None), t, stand))


def _back(t: JointTrajectory, stand: Stand) -> JointTrajectory:
    return JointTrajectory(t.times, t.positions[::-1].copy(), -t.velocities[::-1])


_add("a start 3 degrees off", "start", "start_mismatch", partial(_elsewhere, np.deg2rad(3.0)))
_add("a start a whole turn off", "start", "start_mismatch", partial(_elsewhere, 2 * np.pi))
_add("the way back, from its start", "start", "start_mismatch", _changed(_back))
_add("it begins in full motion", "start", "not_at_rest", _from_the_middle)
_add("it ends in full motion", "start", "not_at_rest", _changed(lambda t, s: _cut(slice(0, len(t.times) // 2), t, s)))


# Limits of position, speed, acceleration, jerk


def _beyond(joint: int, upper: bool, stand: Stand) -> Asked:
    limits, goal = stand.model.limits, stand.home.copy()
    goal[joint] = limits.upper[joint] + 0.05 if upper else limits.lower[joint] - 0.05
    return Asked(stand.motion(goal))


def _beyond_on_the_way(stand: Stand) -> Asked:
    """Both ends are within the limits, the way between is not."""
    out = stand.home.copy()
    out[1] = stand.model.limits.upper[1] + 0.1
    there = stand.motion(out)
    back = point_to_point(out, stand.home, stand.model.limits)
    return Asked(
        JointTrajectory(
            np.concatenate([there.times, there.duration + back.times[1:]]),
            np.concatenate([there.positions, back.positions[1:]]),
            np.concatenate([there.velocities, back.velocities[1:]]),
        )
    )


def _hurried(factor: float, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    return JointTrajectory(t.times / factor, t.positions, t.velocities * factor)


def _beyond_limit(which: str, factor: float, stand: Stand) -> Asked:
    """A motion made for limits of which one is higher than the arm's."""
    limits = stand.model.limits
    raised = {which: tuple(factor * v for v in getattr(limits, which))}
    if which != "jerk":  # so that the limit is reached at all
        raised["jerk"] = tuple(40 * v for v in limits.jerk)
    if which == "velocity":
        raised["acceleration"] = tuple(4 * v for v in limits.acceleration)
    return Asked(point_to_point(stand.home, stand.good().positions[-1], replace(limits, **raised)))


def _trapezoid(t: JointTrajectory, stand: Stand) -> JointTrajectory:
    """Within the limits of speed and acceleration, but full acceleration from one instant to the next."""
    start, end = t.positions[[0, -1]]
    limits, travel = stand.model.limits, np.abs(end - start) + 1e-9
    rise = float((travel / (0.5 * np.array(limits.acceleration))).max()) ** 0.5 / 2
    total = 4 * rise + float((travel / (0.5 * np.array(limits.velocity))).max())
    times = np.linspace(0.0, total, int(total / SAMPLE_TIME) + 1)
    rate = np.minimum(np.minimum(times, total - times) / rise, 1.0)
    share = np.insert(np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(times)), 0, 0.0)
    return JointTrajectory(
        times, start + share[:, None] / share[-1] * (end - start), rate[:, None] / share[-1] * (end - start)
    )


def _shaken(stand: Stand) -> Asked:
    """A fast tremble of a fraction of a degree on top of a slow motion."""
    t = stand.motion(stand.good().positions[-1], scale=0.5)
    turns = 2 * np.pi * 30.0
    size = 0.4 * np.array(stand.model.limits.acceleration) / turns**2
    wave = np.sin(turns * t.times)[:, None] * size
    window = np.sin(np.pi * t.times / t.duration)[:, None] ** 2
    moved = wave * window
    return Asked(
        replace(t, positions=t.positions + moved, velocities=t.velocities + np.gradient(moved, t.times, axis=0))
    )


def _jump(at: float, size: float, width: int | None, t: JointTrajectory, stand: Stand) -> JointTrajectory:
    """One joint is elsewhere from a moment on, or for `width` samples; the velocities know nothing of it."""
    positions, row = t.positions.copy(), max(1, min(int(at * len(t.times)), len(t.times) - 2))
    positions[row : None if width is None else row + width, 0] += size
    return replace(t, positions=positions)


def _spike(t: JointTrajectory, stand: Stand) -> JointTrajectory:
    velocities = t.velocities.copy()
    velocities[len(velocities) // 2, -1] += 0.6 * stand.model.limits.velocity[-1]
    return replace(t, velocities=velocities)


_add("first joint below its range", "position", "position", partial(_beyond, 0, False))
_add("second joint above its range", "position", "position", partial(_beyond, 1, True))
_add("last joint above its range", "position", "position", partial(_beyond, -1, True))
_add("out of range on the way only", "position", "position", _beyond_on_the_way)
_add("ten times too fast", "speed", "velocity acceleration", _changed(partial(_hurried, 10.0)))
_add("a third too fast", "speed", "velocity acceleration jerk", _changed(partial(_hurried, 1.33)))
_add("beyond the limit of speed", "speed", "velocity", partial(_beyond_limit, "velocity", 1.2))
_add("full speed where a quarter is allowed", "speed", "velocity acceleration",
     lambda s: Asked(s.good(), speed_scale=0.25))  # fmt: skip
_add("twice the speed scale", "speed", "velocity acceleration jerk",
     lambda s: Asked(s.motion(s.good().positions[-1], scale=0.4), speed_scale=0.1))  # fmt: skip
_add("beyond the limit of acceleration", "acceleration", "acceleration", partial(_beyond_limit, "acceleration", 1.3))
_add("velocities that hide acceleration", "acceleration", "inconsistent",
     _changed(lambda t, s: replace(t, velocities=0.5 * t.velocities)))  # fmt: skip
_add("velocities of zero", "acceleration", "inconsistent velocity",
     _changed(lambda t, s: replace(t, velocities=0.0 * t.velocities)))  # fmt: skip
_add("velocities of the wrong sign", "acceleration", "inconsistent",
     _changed(lambda t, s: replace(t, velocities=-t.velocities)))  # fmt: skip
_add("one velocity that spikes", "acceleration", "acceleration jerk velocity", _changed(_spike))
_add("beyond the limit of jerk", "jerk", "jerk", partial(_beyond_limit, "jerk", 1.5))
_add("acceleration from one instant to the next", "jerk", "jerk", _changed(_trapezoid))
_add("a fast tremble", "jerk", "jerk inconsistent", _shaken)
_add("a jump in the middle", "jump", "velocity", _changed(partial(_jump, 0.5, 0.3, None)))
_add("a jump at the first step", "jump", "velocity", _changed(partial(_jump, 0.0, 0.3, None)))
_add("a jump at the last step", "jump", "velocity", _changed(partial(_jump, 1.0, -0.3, None)))
_add("one sample elsewhere", "jump", "velocity", _changed(partial(_jump, 0.5, 0.1, 1)))
_add("a small jump within the speed limit", "jump", "inconsistent", _changed(partial(_jump, 0.05, 0.003, None)))


# What is in the way


def _meets(stand: Stand, asked: Asked, touches: Callable[[str], bool], seed: int = 0, reach: float = 1.2) -> Asked:
    """A straight motion from home, with the surroundings of `asked`, whose first touch is as wanted; where something
    is around the arm, the motion would be clear without it."""
    stand.surround(asked)

    def wanted(q: Vector) -> bool:
        pair = stand.met(q)
        if pair is None or not touches(pair):
            return False
        if not asked.obstacles:
            return True
        stand.surround(Asked())
        alone = stand.clear(q)
        stand.surround(asked)
        return alone

    return replace(asked, trajectory=stand.motion(stand.posture(wanted, seed, reach)))


def _through_table(stand: Stand) -> Asked:
    return _meets(stand, Asked(), lambda pair: pair.endswith(" and table"))


def _held_through_table(stand: Stand) -> Asked:
    return _meets(stand, Asked(held=((0.03, 0.03, 0.1), Pose())), lambda pair: pair == "held object and table")


def _into_itself(stand: Stand) -> Asked:
    links = {name for name in stand.collision.links if name not in stand.model.finger_links}
    return _meets(stand, Asked(), lambda pair: set(pair.split(" and ")) <= links, reach=3.0)


def _zone(stand: Stand, name: str, at: Vector, size: float = 0.05) -> BoxObstacle:
    return BoxObstacle(name, Pose(at), (size, size, size))


def _swing(stand: Stand) -> Vector:
    """A goal to the side of home, clear of everything."""
    stand.surround(Asked())
    return stand.posture(lambda q: abs(q[0] - stand.home[0]) > 0.7 and stand.clear(q), reach=1.0)


def _elbow_into(stand: Stand) -> Asked:
    """The hand goes clear of a keep-out box; the highest link in the middle of the arm does not."""
    goal = _swing(stand)
    boxes = stand.collision.boxes(goal, None, "")
    elbow = max(boxes[len(boxes) // 3 : len(boxes) // 2 + 1], key=lambda box: box.pose.position[2])
    asked = Asked(obstacles=[_zone(stand, "keep-out", elbow.pose.position)])
    stand.surround(asked)
    pair = stand.met(goal)
    hand = {*stand.model.finger_links, stand.model.tool_link}
    assert pair is not None
    assert pair.split(" and ")[0] not in hand, pair
    return replace(asked, trajectory=stand.motion(goal))


def _hand_into(name: str, share: float, size: float, stand: Stand) -> Asked:
    """A box where the tool will be after `share` of the way."""
    goal = _swing(stand)
    tool = stand.kinematics.forward(stand.home + share * (goal - stand.home)).position
    return Asked(stand.motion(goal), obstacles=[_zone(stand, name, tool, size)])


def _long_object_into(stand: Stand) -> Asked:
    """The arm itself would pass; the end of the long thing that it holds would not."""

    def zone_for(q: Vector) -> BoxObstacle:
        return _zone(stand, "keep-out", stand.kinematics.forward(q).transform(np.array([[0.0, 0.17, 0.0]]))[0], 0.03)

    def wanted(q: Vector) -> bool:
        stand.surround(Asked(obstacles=[zone_for(q)]))
        if not stand.clear(q):
            return False
        stand.surround(Asked(obstacles=[zone_for(q)], held=_LONG))
        return stand.met(q) == "held object and keep-out"

    goal = stand.posture(wanted)
    return Asked(stand.motion(goal), obstacles=[zone_for(goal)], held=_LONG)


def _thin_wall(stand: Stand) -> Asked:
    """A sheet of 2 mm across the way."""
    goal = _swing(stand)
    middle = stand.kinematics.forward((stand.home + goal) / 2).position
    sheet = BoxObstacle("sheet", Pose.from_yaw(middle, float(np.arctan2(middle[1], middle[0]))), (0.2, 0.002, 0.2))
    return Asked(stand.motion(goal), obstacles=[sheet])


def _into_other_arm(stand: Stand) -> Asked:
    """A second arm of the same kind faces this one across the table, its hand 6 cm from this one's."""
    stand.surround(Asked())
    x = float(stand.kinematics.forward(stand.home).position[0])
    base = Pose.from_yaw([2 * x + 0.06, 0.0, 0.0], np.pi)
    while True:
        boxes = [
            BoxObstacle(box.name, base @ box.pose, box.size)
            for box in stand.collision.boxes(stand.home, None, "other arm")
        ]
        asked = Asked(obstacles=boxes)
        stand.surround(asked)
        if stand.collision.in_collision(stand.home) is None:
            break
        base = Pose.from_yaw(base.position + np.array([0.03, 0.0, 0.0]), np.pi)
        stand.surround(Asked())
    return _meets(stand, asked, lambda pair: pair.endswith(" and other arm"))


def _closer_to_what_it_touches(stand: Stand) -> Asked:
    """It touches a box at its start already; that excuses the touch, not going deeper."""
    goal = _swing(stand)
    tool = stand.kinematics.forward(stand.home + 0.04 * (goal - stand.home)).position
    asked = Asked(stand.motion(goal), obstacles=[_zone(stand, "pressed box", tool, 0.1)])
    stand.surround(asked)
    assert stand.collision.in_collision(stand.home) is not None
    return asked


def _out_of(side: str, stand: Stand) -> Asked:
    """The tool leaves a workspace that holds its start and the rest of its way."""
    goal = _swing(stand)
    path = stand.kinematics.forward_matrix(stand.home + np.linspace(0, 1, 40)[:, None] * (goal - stand.home))[:, :3, 3]
    lower, upper = path.min(axis=0) - 0.2, path.max(axis=0) + 0.2
    axis, high = "xyz".index(side[0]), side[1] == "+"
    first, extreme = path[0, axis], path[:, axis].max() if high else path[:, axis].min()
    if abs(extreme - first) < 0.02:  # its way does not lead there: take it back the other way
        return _out_of(side[0] + ("-" if high else "+"), stand)
    (upper if high else lower)[axis] = (first + extreme) / 2
    return Asked(stand.motion(goal), workspace=Workspace(_three(lower), _three(upper)))


def _three(v: Vector) -> tuple[float, float, float]:
    return float(v[0]), float(v[1]), float(v[2])


def _held_through_wall(stand: Stand) -> Asked:
    """The room ends 10 cm beside the farthest point of the tool: room for the arm, not for what it holds."""
    room = Workspace((-2.0, -2.0, -1.0), (2.0, 2.0, 2.0))

    def asked_for(q: Vector) -> Asked:
        tool = stand.kinematics.forward(q)
        ends = tool.transform(np.array([[0.0, 0.18, 0.0], [0.0, -0.18, 0.0]]))
        side = max(float(np.abs(ends[:, 1]).max()) - 0.03, 0.0)
        return Asked(obstacles=walls(replace(room, lower=(-2.0, -side, -1.0), upper=(2.0, side, 2.0))))

    def wanted(q: Vector) -> bool:
        asked = asked_for(q)
        stand.surround(asked)
        if not stand.clear(q):
            return False
        stand.surround(replace(asked, held=_LONG))
        pair = stand.met(q)
        return pair is not None and pair.startswith("held object and wall")

    goal = stand.posture(wanted, reach=1.5)
    return replace(asked_for(goal), trajectory=stand.motion(goal), held=_LONG)


_add("through the table", "table", "collision", _through_table)
_add("what it holds through the table", "table", "collision", _held_through_table)
_add("into itself", "self", "collision", _into_itself)
_add("the elbow into a keep-out box", "keep-out", "collision", _elbow_into)
_add("the hand into a keep-out box", "keep-out", "collision", partial(_hand_into, "keep-out", 1.0, 0.05))
_add("a long held object into a keep-out box", "keep-out", "collision", _long_object_into)
_add("a long held object through a wall of the room", "keep-out", "collision", _held_through_wall)
_add("into a perceived object", "obstacle", "collision", partial(_hand_into, "red block #1", 0.5, 0.12))
_add("into a perceived object at the goal", "obstacle", "collision", partial(_hand_into, "green bowl #2", 1.0, 0.08))
_add("through a thin wall", "obstacle", "collision", _thin_wall)
_add("deeper into what it touches", "obstacle", "collision", _closer_to_what_it_touches)
_add("into the other arm", "other arm", "collision", _into_other_arm)
for _side in ("x+", "y+", "z+", "z-"):
    _add(f"out of the workspace, {_side}", "workspace", "workspace", partial(_out_of, _side))


# Grips


def _grip(width: float, force: float, of_most: bool, cap: float | None, stand: Stand) -> Asked:
    """width and force, as shares of the most that the hand can do where `of_most`."""
    model = stand.model
    asked = (width * model.max_width, force * model.max_force) if of_most else (width, force)
    return Asked(grip=asked, max_force=None if cap is None else cap * model.max_force)


for _name, _width, _force, _cap in (
    ("wider than the jaws open", 1.2, 0.5, None),
    ("a negative width", -0.1, 0.5, None),
    ("more force than the hand has", 0.5, 1.1, None),
    ("more force than the cell allows", 0.5, 0.6, 0.5),
    ("no force", 0.5, 0.0, None),
    ("a negative force", 0.5, -0.5, None),
    ("a width of NaN", np.nan, 0.5, None),
    ("an infinite force", 0.5, np.inf, None),
    ("a force of NaN", 0.5, np.nan, None),
):
    _add(_name, "grip", "grip", partial(_grip, _width, _force, True, _cap))
_add("a width in millimetres", "units", "grip", partial(_grip, 40.0, 5.0, False, None))
_add("a force in grams", "units", "grip", partial(_grip, 0.02, 2000.0, False, None))
