"""RGB-D cameras rendered by PyBullet's CPU renderer, with an optional noise model."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from ..robots.bullet import pybullet as p
from ..robots.pose import Pose
from ..robots.protocols import Frame, Intrinsics
from .world import World

NEAR, FAR = 0.05, 4.0


@dataclass(frozen=True)
class CameraNoise:
    """depth: standard deviation in metres at one metre, growing with the square of the distance, as stereo depth
    cameras do. color: standard deviation in levels of 255. gain: standard deviation of one brightness factor per
    image. All from the world's seed."""

    depth: float = 0.001
    color: float = 2.0
    gain: float = 0.02


NO_NOISE = CameraNoise(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class CameraSpec:
    """Where a camera stands and how it sees. `up` is the direction in the base frame that is up in its image."""

    name: str
    eye: tuple[float, float, float]
    target: tuple[float, float, float]
    up: tuple[float, float, float]
    width: int = 400
    height: int = 300
    fov: float = 50.0

    @classmethod
    def lens(cls, name: str, width: int, height: int, fov: float) -> CameraSpec:
        """A camera in the origin that looks along z with x to the right: to be put elsewhere by a pose."""
        return cls(name, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), (0.0, -1.0, 0.0), width, height, fov)

    @property
    def intrinsics(self) -> Intrinsics:
        """`fov` is the vertical field of view in degrees; pixels are square."""
        f = self.height / 2 / math.tan(math.radians(self.fov) / 2)
        return Intrinsics(self.width, self.height, f, f, self.width / 2 - 0.5, self.height / 2 - 0.5)

    @property
    def pose(self) -> Pose:
        """Optical frame (z forward, x right, y down) in the base frame."""
        eye, target, up = (np.asarray(v, dtype=float) for v in (self.eye, self.target, self.up))
        forward = (target - eye) / np.linalg.norm(target - eye)
        right = np.cross(forward, up)
        right /= np.linalg.norm(right)
        matrix = np.eye(4)
        matrix[:3, :3] = np.column_stack([right, np.cross(forward, right), forward])
        matrix[:3, 3] = eye
        return Pose.from_matrix(matrix)


# The image of `overhead` is the table as the robot's operator sees it: far is up, the robot's left is left.
OVERHEAD = CameraSpec("overhead", (0.5, 0.0, 0.95), (0.5, 0.0, 0.0), (1, 0, 0), 416, 256, fov=28.5)
OBLIQUE = CameraSpec("oblique", (1.18, 0.0, 0.62), (0.50, 0.0, 0.0), (0, 0, 1), 400, 256, fov=33.0)
# For people only: a picture of arm and table, never seen by perception.
STAGE = CameraSpec("stage", (1.5, 0.85, 0.95), (0.36, 0.0, 0.24), (0, 0, 1), 480, 384, 40.0)


def projection_matrix(k: Intrinsics) -> list[float]:
    """OpenGL projection (column-major, 16) of a pinhole camera whose pixel centres are at integer coordinates.

    PyBullet's CPU renderer samples a pixel at its lower left corner, not at its centre; the half pixel is made up for
    here (without it everything is seen 0.9 mm off in each direction).
    """
    left, right = -k.cx / k.fx * NEAR, (k.width - k.cx) / k.fx * NEAR
    top, bottom = (k.cy + 1) / k.fy * NEAR, -(k.height - k.cy - 1) / k.fy * NEAR
    return list(p.computeProjectionMatrix(left, right, bottom, top, NEAR, FAR))


def view_matrix(pose: Pose) -> list[float]:
    """OpenGL view matrix (column-major, 16) of an optical frame: OpenGL looks along -z with y up."""
    flip = np.diag([1.0, -1.0, -1.0, 1.0])
    return list((flip @ pose.inverse().matrix).T.reshape(-1))


def render(
    world: World, spec: CameraSpec, shadow: bool = True, pose: Pose | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One noiseless image: rgb (H, W, 3) uint8, depth (H, W) float32 in m (0 beyond FAR), body ids (H, W) int32.

    pose: where the camera is, instead of where its specification says.
    """
    width, height, rgba, buffer, mask = p.getCameraImage(
        spec.width,
        spec.height,
        view_matrix(spec.pose if pose is None else pose),
        projection_matrix(spec.intrinsics),
        lightDirection=[0.6, 0.5, 2.0],
        shadow=int(shadow),
        renderer=p.ER_TINY_RENDERER,
        physicsClientId=world.client,
    )
    rgb = np.ascontiguousarray(np.reshape(rgba, (height, width, 4))[:, :, :3].astype(np.uint8))
    buffer = np.reshape(buffer, (height, width)).astype(np.float32)
    depth = FAR * NEAR / (FAR - (FAR - NEAR) * buffer)
    depth[buffer >= 0.99999] = 0.0
    return rgb, depth, np.reshape(mask, (height, width))


class Corrupter(Protocol):
    """Spoils a frame: (rgb, depth, true body ids, camera pose) in, (rgb, depth, pose) out."""

    def __call__(
        self, rgb: np.ndarray, depth: np.ndarray, ids: np.ndarray, pose: Pose
    ) -> tuple[np.ndarray, np.ndarray, Pose]: ...


class SimCamera:
    """Meets the Camera protocol. `corrupt` lets the fault model spoil a frame before anybody sees it.

    where: the pose of the optical frame now, for a camera that moves; default what the specification says.
    """

    def __init__(
        self,
        world: World,
        spec: CameraSpec,
        noise: CameraNoise = NO_NOISE,
        where: Callable[[], Pose] | None = None,
    ) -> None:
        self.world, self.spec, self.noise = world, spec, noise
        self._where = where or (lambda: spec.pose)
        self._corrupters: list[Corrupter] = []

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def pose(self) -> Pose:
        """Where the optical frame truly is in the base frame now."""
        return self._where()

    def corrupt_with(self, corrupter: Corrupter) -> None:
        self._corrupters.append(corrupter)

    def capture(self) -> Frame:
        # Shadows are for people: they double the cost of an image.
        pose = self._where()
        rgb, depth, ids = render(self.world, self.spec, shadow=False, pose=pose)
        rgb, depth = self._add_noise(rgb, depth)
        for corrupter in self._corrupters:
            rgb, depth, pose = corrupter(rgb, depth, ids, pose)
        return Frame(self.name, rgb, depth, self.spec.intrinsics, pose, self.world.time)

    def _add_noise(self, rgb: np.ndarray, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """OpenCV draws the noise, three times as fast as NumPy, from a seed that the world's generator gives."""
        noise = self.noise
        if noise == NO_NOISE:
            return rgb, depth
        height, width = depth.shape
        cv2.setRNGSeed(int(self.world.rng.integers(2**31)))
        if noise.color or noise.gain:
            gain = 1 + noise.gain * self.world.rng.standard_normal()
            grain = np.empty((height, width * 3), np.float32)
            cv2.randn(grain, 0.0, noise.color)  # type: ignore[call-overload]
            flat = rgb.reshape(height, width * 3)
            rgb = cv2.addWeighted(flat, gain, grain, 1.0, 0.0, dtype=cv2.CV_8U).reshape(rgb.shape)
        if noise.depth:
            error = np.empty((height, width), np.float32)
            cv2.randn(error, 0.0, noise.depth)  # type: ignore[call-overload]
            depth = depth + error * depth * depth
        return rgb, depth
