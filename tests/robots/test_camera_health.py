"""What a camera may send and what is refused before anybody perceives anything in it; lenses that bend. ~1 s."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest

from capra.robots.cameras.health import Health
from capra.robots.cameras.lens import bend, straight
from capra.robots.cameras.mounted import MountedCamera
from capra.robots.cameras.source import CameraError, Lens, Shot
from capra.robots.pose import Pose
from capra.robots.protocols import Intrinsics, RobotError, RobotState

K = Intrinsics(64, 48, 60.0, 60.0, 31.5, 23.5)


def shot(number: int = 0, **change: Any) -> Shot:
    rng = np.random.default_rng(number)
    rgb = rng.integers(0, 255, (48, 64, 3), dtype=np.uint8)
    depth = rng.uniform(0.4, 0.8, (48, 64)).astype(np.float32)
    return replace(Shot(rgb, depth, K, float(number)), **change)


class Script:
    """A source that gives what it is told to, in turn."""

    def __init__(self, *shots: Shot | CameraError) -> None:
        self.shots, self.closed = list(shots), 0

    def grab(self) -> Shot:
        item = self.shots.pop(0)
        if isinstance(item, CameraError):
            raise item
        return item

    def close(self) -> None:
        self.closed += 1


def mounted(*shots: Shot | CameraError, **options: Any) -> MountedCamera:
    script = Script(*shots)
    return MountedCamera("top", lambda: script, **{"pose": Pose, **options})


def with_depth(change: Callable[[np.ndarray], Any]) -> Shot:
    good = shot()
    depth = good.depth.copy()
    change(depth)
    return replace(good, depth=depth)


BAD: dict[str, tuple[Shot, str, str]] = {
    "no depth": (with_depth(lambda d: d.fill(0)), "empty", "no pixel has a reading"),
    "little depth": (with_depth(lambda d: d[:44].fill(0)), "invalid", "only 8% of its pixels have a depth"),
    "nan": (with_depth(lambda d: d.__setitem__((3, 4), np.nan)), "nan", "1 pixels of its depth are not numbers"),
    "infinite": (with_depth(lambda d: d.__setitem__((3, 4), np.inf)), "nan", "are not numbers"),
    "negative": (with_depth(lambda d: d.__setitem__((3, 4), -0.1)), "nan", "negative at 1 pixels"),
    "covered": (shot(rgb=np.full((48, 64, 3), 3, np.uint8)), "empty", "the picture shows nothing"),
    "small picture": (shot(rgb=np.zeros((24, 32, 3), np.uint8)), "size", "its intrinsics say 64 by 48"),
    "small depth": (shot(depth=np.ones((24, 32), np.float32)), "size", "the depth is float32 (24, 32)"),
    "depth in mm": (shot(depth=np.full((48, 64), 500, np.uint16)), "size", "the depth is uint16"),
    "old": (shot(age=2.0), "stale", "2.00 s old"),
    "no focal length": (shot(intrinsics=replace(K, fx=0.0)), "intrinsics", "are no camera's"),
    "no time": (shot(time=float("nan")), "nan", "the time of its image is not a number"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_image_is_refused_with_one_line_that_names_camera_and_reason(name: str) -> None:
    bad, problem, message = BAD[name]
    with pytest.raises(CameraError) as caught:
        mounted(bad).capture()
    assert isinstance(caught.value, RobotError)
    assert (caught.value.code, caught.value.problem) == ("fault", problem)
    assert str(caught.value).startswith("camera 'top': ")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_good_image_becomes_a_frame() -> None:
    pose = Pose([0.5, 0, 0.9], [1, 0, 0, 0])
    frame = mounted(shot(), pose=lambda: pose).capture()
    assert frame.pose.is_close(pose)
    assert np.array_equal(frame.depth, shot().depth)


@pytest.mark.parametrize(
    ("second", "problem", "message"),
    [
        (shot(0), "stale", "sent the last image once more"),
        (shot(0, time=0.5), "frozen", "an image 0.50 s newer shows the very same"),
        (shot(1, time=-1.0), "stale", "1.00 s older than the last one"),
    ],
)
def test_an_image_that_is_not_new_is_refused(second: Shot, problem: str, message: str) -> None:
    camera = mounted(shot(0), second)
    camera.capture()
    with pytest.raises(CameraError, match=message) as caught:
        camera.capture()
    assert caught.value.problem == problem


def test_one_new_pixel_is_enough_to_be_new() -> None:
    other = shot(0, time=1.0)
    other.rgb[0, 0, 0] ^= 1
    camera = mounted(shot(0), other)
    camera.capture()
    camera.capture()


def test_a_size_that_was_not_asked_for_is_refused() -> None:
    with pytest.raises(CameraError, match="sends 64 by 48 pixels, 640 by 480 were asked for"):
        mounted(shot(), health=Health(size=(640, 480))).capture()


def test_without_a_pose_there_is_no_frame_but_an_image() -> None:
    camera = mounted(shot(0), shot(1), pose=lambda: None)
    assert camera.shot().pose is None
    with pytest.raises(CameraError, match="nobody knows where it is: run `capra calibrate`"):
        camera.capture()


def state(tool: Pose) -> RobotState:
    return RobotState(0.0, np.zeros(6), np.zeros(6), tool, 0.0)


def test_a_camera_on_the_hand_goes_where_the_hand_goes() -> None:
    tool, on_hand = Pose.top_down([0.4, 0.1, 0.3], 0.3), Pose([0.05, 0, -0.1])
    camera = mounted(shot(), pose=lambda: on_hand, hand=lambda: state(tool))
    assert camera.capture().pose.is_close(tool @ on_hand)


def test_an_image_taken_while_the_hand_moves_is_refused() -> None:
    places = iter([Pose([0.4, 0, 0.3]), Pose([0.405, 0, 0.3])])
    with pytest.raises(CameraError, match=r"the hand moved 5.0 mm while the image was taken"):
        mounted(shot(), hand=lambda: state(next(places))).capture()


def test_a_lost_camera_is_opened_anew_and_closed_once() -> None:
    scripts = [Script(CameraError("disconnected", "top", "it was unplugged")), Script(shot())]
    waiting = iter(scripts)
    camera = MountedCamera("top", lambda: next(waiting), pose=Pose)
    with pytest.raises(CameraError, match="unplugged"):
        camera.capture()
    camera.capture()
    camera.close()
    assert [script.closed for script in scripts] == [1, 1]


def test_a_bent_picture_is_made_straight() -> None:
    """A board drawn through a bending lens has straight rows of corners again, where a pinhole has them."""
    k, lens = Intrinsics(320, 240, 250.0, 250.0, 159.5, 119.5), Lens("brown_conrady", (-0.25, 0.06, 0.002, -0.001, 0.0))
    v, u = np.mgrid[0:240, 0:320].astype(np.float64)
    # What a lens shows at a bent pixel is what a pinhole shows at the straight one: found by OpenCV's own inverse.
    pixels = np.stack([u, v], axis=-1).reshape(-1, 1, 2)
    back = cv2.undistortPoints(pixels, k.matrix, np.array(lens.coefficients)).reshape(-1, 2)
    squares = (np.floor(back[:, 0] / 0.1) + np.floor(back[:, 1] / 0.1)) % 2
    seen = np.repeat((255 * squares).astype(np.uint8).reshape(240, 320, 1), 3, axis=2)
    depth = (0.5 + 0.2 * back[:, 0]).astype(np.float32).reshape(240, 320)
    made = straight(Shot(seen, depth, k, 0.0, lens=lens))
    x, y = (u - k.cx) / k.fx, (v - k.cy) / k.fy
    wanted = 255 * ((np.floor(x / 0.1) + np.floor(y / 0.1)) % 2)
    inner = (slice(30, 210), slice(40, 280))
    assert np.mean(np.abs(made.rgb[..., 0].astype(float) - wanted)[inner] > 128) < 0.02
    assert np.mean(np.abs(seen[..., 0].astype(float) - wanted)[inner] > 128) > 0.05
    assert np.abs(made.depth - (0.5 + 0.2 * x))[inner].max() < 0.002
    assert made.lens == Lens()


def test_a_lens_of_opencv_bends_as_opencv_says() -> None:
    points = np.random.default_rng(0).uniform(-0.5, 0.5, (50, 2))
    coefficients = (-0.05, 0.06, 0.001, -0.0005, -0.02)
    ahead = np.column_stack([points, np.ones(50)])
    wanted = cv2.projectPoints(ahead, np.zeros(3), np.zeros(3), np.eye(3), np.array(coefficients))[0].reshape(-1, 2)
    assert np.abs(bend(points, Lens("brown_conrady", coefficients)) - wanted).max() < 1e-9


def test_an_unknown_lens_is_refused() -> None:
    with pytest.raises(CameraError, match="lens model 'ftheta' is not supported"):
        mounted(shot(lens=Lens("ftheta", (1.0,)))).capture()
