"""A scene as the cameras see it now, and the simulation that is rebuilt from it. No true state goes in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..primitives.values import Object
from ..robots.pose import Pose
from ..robots.protocols import Frame, Intrinsics, Robot, RobotModel
from ..sim.bodies import BodySpec
from ..sim.camera import NO_NOISE, OBLIQUE, OVERHEAD, CameraNoise, CameraSpec
from ..sim.kinds import known_kinds
from ..sim.robot import SimRobot
from ..sim.scene import Placement, build
from ..sim.world import World

# What is seen as standing less than this (m) above the table stands on it.
_ON_TABLE = 0.008
_WIDEST_IMAGE = 480  # pixels: a real camera's image is rendered smaller, which perception does not mind
# Kinds whose bodies are made in any size; of the others the size is the kind's own.
_ANY_SIZE = frozenset(
    {"block", "bowl", "cylinder", "zone", "tray", "cup", "pan", "lid", "puck", "pen", "bead", "ring", "paper", "spill"}
)
_PART_OF_ANOTHER = frozenset({"handle", "beads"})
_SIZE_AGREES = 0.3


@dataclass(frozen=True, eq=False)
class SeenCamera:
    """A camera of the real cell: where it is and how it sees."""

    name: str
    intrinsics: Intrinsics
    pose: Pose

    @classmethod
    def of(cls, frame: Frame) -> SeenCamera:
        return cls(frame.camera, frame.intrinsics, frame.pose)

    @property
    def spec(self) -> CameraSpec:
        """The same camera in simulation; the optical axis goes through the middle of the image there."""
        k, shrink = self.intrinsics, min(1.0, _WIDEST_IMAGE / self.intrinsics.width)
        _, down, forward = self.pose.rotation.T
        eye, target = self.pose.position, self.pose.position + forward
        return CameraSpec(
            self.name,
            _three(eye),
            _three(target),
            _three(-down),
            round(k.width * shrink),
            round(k.height * shrink),
            math.degrees(2 * math.atan(k.height / 2 / k.fy)),
        )


@dataclass(frozen=True, eq=False)
class ObservedScene:
    """What is known of a cell without asking anybody: what was perceived, and what the arm says of itself.

    objects: as perceived, in the base frame. joints (J,) rad, width of the jaws in m. cameras: of the cell; none gives
    the twin the simulation's own.
    """

    objects: tuple[Object, ...]
    joints: tuple[float, ...]
    width: float
    cameras: tuple[SeenCamera, ...] = ()

    @classmethod
    def of(cls, robot: Robot, objects: Sequence[Object]) -> ObservedScene:
        """The scene of a robot, with what its cameras were just perceived to see."""
        state = robot.state()
        cameras = tuple(SeenCamera.of(camera.capture()) for camera in robot.cameras.values())
        return cls(tuple(objects), tuple(float(q) for q in state.joints), float(state.width), cameras)

    def placements(self) -> tuple[list[Placement], list[str]]:
        """What to build, and the names of those things that are only approximated by a block of their size."""
        placements, approximated = [], []
        for seen in self.objects:
            if seen.kind in _PART_OF_ANOTHER:
                continue
            spec, exact = _spec(seen)
            resting = seen.z - seen.size[2] / 2 < _ON_TABLE
            placements.append(Placement(spec, seen.x, seen.y, seen.yaw, None if resting else seen.z + 0.001))
            if not exact:
                approximated.append(seen.name)
        return placements, approximated


def build_twin(
    scene: ObservedScene, model: RobotModel, *, seed: int = 0, noise: CameraNoise = NO_NOISE
) -> tuple[SimRobot, list[str]]:
    """The same arm in a simulation of what was seen, at rest; and what in it is only approximated.

    `close()` on the robot frees the world. ValueError when what was seen cannot be built.
    """
    placements, approximated = scene.placements()
    cameras = [camera.spec for camera in scene.cameras] or [OVERHEAD, OBLIQUE]
    world = World(seed)
    try:
        robot = SimRobot(world, model, cameras=cameras, noise=noise)
        robot.reset(scene.joints, min(max(scene.width, 0.0), model.max_width))
        build(world, placements)
    except BaseException:
        world.close()
        raise
    return robot, approximated


def _spec(seen: Object) -> tuple[BodySpec, bool]:
    """A body for what was seen, and whether it is one of its kind."""
    size = tuple(float(np.clip(s, 0.001, 0.5)) for s in seen.size)
    kinds = known_kinds()
    if seen.kind in _ANY_SIZE:
        return BodySpec(seen.kind, seen.color, (size[0], size[1], size[2])), True
    if seen.kind in kinds:
        kind = kinds[seen.kind]
        variant = seen.name.removeprefix(seen.color).strip()
        agrees = all(abs(a - b) < _SIZE_AGREES * b + 0.005 for a, b in zip(size, kind.size, strict=True))
        if variant in kind.variants or agrees:
            return BodySpec(seen.kind, seen.color, variant=variant if variant in kind.variants else ""), True
    return BodySpec("block", seen.color, (size[0], size[1], size[2])), False


def _three(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = (float(v) for v in values)
    return x, y, z
