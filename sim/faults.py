"""Injected faults, by name and probability, each from its own seeded generator and each reported when it strikes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..robots.pose import Pose, matrix_from_quaternion
from .world import World

FAULTS: dict[str, str] = {
    "grasp_slip": "per grasp: the jaws give way for a moment, somewhere between lift and release",
    "perception_dropout": "per look: one object gives no depth reading and no colour, in every camera",
    "pose_noise": "per look: the cameras report a pose that is some millimetres and tenths of a degree off",
    "object_moved": "per opening or closing of the jaws: one object that nobody touches is moved by some centimetres",
}

_SLIP_DELAY = (0.3, 1.3)  # s after the grasp: within lift or transport, and too high to be caught again
_SLIP_LENGTH = 0.3  # s that the jaws give way: long enough for the object to fall out
_POSE_NOISE = (0.006, math.radians(0.4))
_LOOK = 0.05  # s: frames captured within this time belong to one look
_MOVE_DISTANCE = (0.04, 0.09)


def parse_fault(text: str) -> tuple[str, float]:
    """ "grasp_slip:0.3" -> ("grasp_slip", 0.3). ValueError that says what is valid."""
    name, _, number = text.partition(":")
    if name not in FAULTS:
        raise ValueError(f"unknown fault {name!r}; valid: {', '.join(FAULTS)}")
    try:
        probability = float(number or "1")
    except ValueError:
        probability = math.nan
    if not 0.0 <= probability <= 1.0:
        raise ValueError(f"fault {name}: probability must be from 0 to 1, got {number!r}")
    return name, probability


class FaultModel:
    """Decides when a fault strikes. `on_fault` listeners get (name, facts): for the trace, never for the author.

    ValueError for an unknown fault or a probability outside [0, 1].
    """

    def __init__(self, world: World, probabilities: Mapping[str, float], seed: int = 0) -> None:
        for name, probability in probabilities.items():
            parse_fault(f"{name}:{probability}")
        self.world = world
        self.probabilities = dict(probabilities)
        self.listeners: list[Callable[[str, dict[str, Any]], None]] = []
        # Its own stream: injecting a fault must not change the scene or the camera noise of the same seed.
        self._rng = np.random.default_rng([seed, 0xFA])
        self._give_way: Callable[[bool], None] = lambda loose: None
        self._slip_from = math.inf
        self._slip_until = math.inf
        self._slipping = False
        self._look_time = -math.inf
        self._dropped: str | None = None
        self._pose_error: Pose | None = None
        if probabilities.get("grasp_slip"):
            world.before_step(self._slip)
        world.keep_in_snapshots("faults", self._get, self._set)

    def attach_jaws(self, give_way: Callable[[bool], None]) -> None:
        """`give_way(True)` lets the jaws go loose, `give_way(False)` restores what was commanded."""
        self._give_way = give_way

    def _strikes(self, name: str) -> bool:
        probability = self.probabilities.get(name, 0.0)
        return probability > 0 and self._rng.random() < probability

    def _report(self, name: str, **facts: Any) -> None:
        for listener in self.listeners:
            listener(name, facts)

    def grasped(self) -> None:
        """The jaws have closed on something."""
        if self._strikes("grasp_slip"):
            self._slip_from = self.world.time + self._rng.uniform(*_SLIP_DELAY)
            self._slip_until = self._slip_from + _SLIP_LENGTH

    def released(self) -> None:
        """The jaws have opened: a slip that has not begun cannot happen any more."""
        if self.world.time < self._slip_from:
            self._slip_from = self._slip_until = math.inf

    def _slip(self) -> None:
        now = self.world.time
        if now < self._slip_from:
            return
        if now >= self._slip_until:
            self._slip_from = self._slip_until = math.inf
            self._set_slipping(False)
        elif not self._slipping:
            self._set_slipping(True)
            self._report("grasp_slip", time=round(now, 3))

    def _set_slipping(self, slipping: bool) -> None:
        if slipping != self._slipping:
            self._slipping = slipping
            self._give_way(slipping)

    def jaws_moved(self, touching: Callable[[str], bool]) -> None:
        """An opening or closing of the jaws is over; `touching(name)` tells whether the arm touches that body."""
        if not self._strikes("object_moved"):
            return
        free = [n for n in self.world.names if self.world.specs[n].movable and not touching(n)]
        alone = [n for n in free if self.world.contacts(n) <= {"table"}]
        if not alone:
            return
        name = str(self._rng.choice(alone))
        pose = self.world.pose(name)
        radius = self.world.specs[name].footprint_radius
        for _ in range(50):
            angle, distance = self._rng.uniform(0, 2 * math.pi), self._rng.uniform(*_MOVE_DISTANCE)
            position = pose.position + distance * np.array([math.cos(angle), math.sin(angle), 0.0])
            if 0.32 < position[0] < 0.68 and abs(position[1]) < 0.33 and self._is_free(name, position, radius):
                self.world.place(name, Pose(position, pose.quaternion))
                self._report("object_moved", object=name, distance=round(distance, 3))
                return

    def _is_free(self, name: str, position: np.ndarray, radius: float) -> bool:
        for other in self.world.names:
            if other != name:
                gap = np.linalg.norm(self.world.pose(other).position[:2] - position[:2])
                if gap < radius + self.world.specs[other].footprint_radius + 0.01:
                    return False
        return True

    def corrupt(
        self, rgb: np.ndarray, depth: np.ndarray, ids: np.ndarray, pose: Pose
    ) -> tuple[np.ndarray, np.ndarray, Pose]:
        """Spoil a camera frame; every frame of one look is spoiled alike."""
        if self.world.time - self._look_time > _LOOK:
            self._look_time = self.world.time
            self._decide_look()
        if self._dropped in self.world.names:
            hidden = ids == self.world.body_id(self._dropped)
            rgb, depth = rgb.copy(), depth.copy()
            rgb[hidden], depth[hidden] = 0, 0.0
        if self._pose_error is not None:
            pose = self._pose_error @ pose
        return rgb, depth, pose

    def _decide_look(self) -> None:
        self._dropped = None
        if self._strikes("perception_dropout") and self.world.names:
            self._dropped = str(self._rng.choice(list(self.world.names)))
            self._report("perception_dropout", object=self._dropped)
        self._pose_error = None
        if self._strikes("pose_noise"):
            shift = self._rng.normal(0, _POSE_NOISE[0], 3)
            turn = self._rng.normal(0, _POSE_NOISE[1], 3)
            rotation = np.array([*(turn / 2), 1.0])
            # The error turns about the middle of the table, as a wrong hand-eye calibration would look there.
            center = np.array([0.5, 0.0, 0.0])
            self._pose_error = Pose(
                center + shift - matrix_from_quaternion(rotation / np.linalg.norm(rotation)) @ center, rotation
            )
            self._report("pose_noise", shift_mm=[round(1000 * s, 1) for s in shift])

    def _get(self) -> dict[str, Any]:
        return {
            "rng": copy.deepcopy(self._rng.bit_generator.state),
            "slip": (self._slip_from, self._slip_until, self._slipping),
            "look": (self._look_time, self._dropped, self._pose_error),
        }

    def _set(self, state: dict[str, Any]) -> None:
        self._rng.bit_generator.state = copy.deepcopy(state["rng"])
        self._slip_from, self._slip_until, slipping = state["slip"]
        self._look_time, self._dropped, self._pose_error = state["look"]
        # The jaws' targets are part of the robot's own snapshot.
        self._slipping = slipping
