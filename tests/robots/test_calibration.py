"""The board, the solution from views that are computed, what is refused, and what is written. ~4 s."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from capra.robots.calibration.board import Board, Seen
from capra.robots.calibration.gather import Gathering
from capra.robots.calibration.paper import PAPERS, write_board
from capra.robots.calibration.picture import write_picture
from capra.robots.calibration.record import Calibration
from capra.robots.calibration.report import evaluate
from capra.robots.calibration.run import by_hand
from capra.robots.calibration.solve import CalibrationError, Mount, View, solve
from capra.robots.cameras.source import Shot
from capra.robots.pose import Pose
from capra.robots.protocols import Intrinsics, RobotState

BOARD = Board()
K = Intrinsics(640, 480, 600.0, 600.0, 319.5, 239.5)
NOISE = 0.2  # px


def turned(rng: np.random.Generator, metres: float, radians: float) -> Pose:
    matrix = np.eye(4)
    matrix[:3, :3] = cv2.Rodrigues(rng.uniform(-radians, radians, 3))[0]
    matrix[:3, 3] = rng.uniform(-metres, metres, 3)
    return Pose.from_matrix(matrix)


class Rig:
    """A camera and a board whose places the seed chose, and views of them with noise in the pixels.

    board: the one that is really there. lens: the focal length that the camera really has. bump(number): how far the
    camera has been moved when a view is taken. reading: what the arm adds to where it is.
    """

    def __init__(
        self,
        mount: Mount,
        seed: int = 0,
        board: Board = BOARD,
        focal: float = 600.0,
        bump: Callable[[int], Pose] = lambda number: Pose(),
        reading: Callable[[Pose], Pose] = lambda tool: tool,
    ) -> None:
        self.rng = np.random.default_rng(seed)
        self.mount: Mount = mount
        self.camera, self.other = turned(self.rng, 1.0, 3.0), turned(self.rng, 0.2, 3.0)
        self.board, self.focal, self.bump, self.reading = board, focal, bump, reading

    def view(self, number: int, tilt: Pose | None = None) -> View:
        turn = turned(self.rng, 0.0, 0.5) if tilt is None else tilt
        middle = Pose(self.rng.uniform((-0.1, -0.1, 0.5), (0.1, 0.1, 0.7)))
        width, height = self.board.size
        before = middle @ turn @ Pose([-width / 2, -height / 2, 0])
        step = self.camera @ before @ self.other.inverse()
        tool = step if self.mount == "base" else step.inverse()
        points = (self.bump(number) @ before).transform(self.board.corners)
        pixels = self.focal * points[:, :2] / points[:, 2:] + [K.cx, K.cy]
        pixels = pixels + self.rng.normal(0.0, NOISE, pixels.shape)
        # What is looked for is always BOARD: that is what the person said.
        return View(self.reading(tool), Seen(pixels, np.arange(len(points), dtype=np.int32), BOARD.corners))

    def views(self, count: int = 15) -> list[View]:
        return [self.view(number) for number in range(count)]


@pytest.mark.parametrize("mount", ["base", "hand"])
@pytest.mark.parametrize("seed", range(5))
def test_the_camera_is_found(mount: Mount, seed: int) -> None:
    rig = Rig(mount, seed)
    report = evaluate(rig.views(), K, mount)
    metres, radians = report.solution.camera.distance(rig.camera)
    assert metres < 0.0005
    assert radians < np.deg2rad(0.05)
    assert report.solution.board.distance(rig.other)[0] < 0.0005
    assert report.poor == ""
    assert report.solution.error == pytest.approx(np.sqrt(2) * NOISE, rel=0.15)
    # The spread that is claimed is of the size of the error that there is.
    assert metres < 4 * report.solution.spread[0]
    assert radians < 4 * report.solution.spread[1]


def _bumped(number: int) -> Pose:
    return Pose([0.01, 0.0, 0.0]) if number >= 8 else Pose()


NEARLY_RIGHT: dict[str, Callable[[], Rig]] = {
    "printed three per cent too small": lambda: Rig("base", board=Board(square=0.0291, marker=0.02134)),
    "a focal length five per cent off": lambda: Rig("base", focal=630.0),
    "a camera moved by a centimetre half way": lambda: Rig("hand", bump=_bumped),
    "an arm that reads two per cent too far": lambda: Rig(
        "base", reading=lambda tool: Pose(1.02 * tool.position, tool.quaternion)
    ),
}


@pytest.mark.parametrize("name", NEARLY_RIGHT)
def test_what_is_nearly_right_is_called_poor(name: str) -> None:
    rig = NEARLY_RIGHT[name]()
    assert evaluate(rig.views(), K, rig.mount).poor


def test_the_measure_that_is_wrong_is_named() -> None:
    for rig, words in (
        (NEARLY_RIGHT["a focal length five per cent off"](), "a focal length that is"),
        (NEARLY_RIGHT["an arm that reads two per cent too far"](), "a board that is 2"),
    ):
        assert words in evaluate(rig.views(), K, rig.mount).doubt


def test_one_bad_view_is_left_out_and_named() -> None:
    rig = Rig("base")
    views = rig.views()
    views[6] = View(views[6].tool @ Pose([0.02, 0, 0]), views[6].seen)
    report = evaluate(views, K, "base")
    assert [index for index, _ in report.dropped] == [6]
    assert "px off the others" in report.dropped[0][1]
    assert report.solution.camera.distance(rig.camera)[0] < 0.0005


def test_turns_about_one_axis_do_not_tell_where_the_camera_is() -> None:
    rig = Rig("base")
    views = [rig.view(0, Pose.from_yaw([0, 0, 0], angle)) for angle in np.linspace(-0.6, 0.6, 10)]
    with pytest.raises(CalibrationError, match="turned about one axis only"):
        solve(views, K, "base")


def test_too_few_views_are_refused() -> None:
    with pytest.raises(CalibrationError, match="8 views at least are needed, got 7"):
        evaluate(Rig("base").views(7), K, "base")


# One view at a time


def drawn(pose: Pose) -> np.ndarray:
    """A picture (480, 640, 3) of the board at `pose` in the camera's frame, each pixel the mean of sixteen."""
    margin, fine = 100, 0.0001  # of the sheet, at a tenth of a millimetre per pixel
    width, height = (round(side / fine) + 2 * margin for side in BOARD.size)
    sheet = np.full((height, width), 240, np.uint8)
    for box in BOARD.black():
        x, y, w, h = (round(v / fine) for v in box)
        sheet[margin + y : margin + y + h, margin + x : margin + x + w] = 15
    ends = np.array([(0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1)], dtype=np.float64)
    points = pose.transform(np.column_stack([(ends + 0.5 - margin) * fine, np.zeros(4)]))
    pixels = 4 * (600.0 * points[:, :2] / points[:, 2:] + [K.cx, K.cy]) + 1.5
    change = cv2.getPerspectiveTransform(ends.astype(np.float32), pixels.astype(np.float32))
    large = cv2.warpPerspective(sheet, change, (2560, 1920), flags=cv2.INTER_LINEAR, borderValue=190)
    picture = np.asarray(cv2.resize(large, (640, 480), interpolation=cv2.INTER_AREA), dtype=np.uint8)
    return np.repeat(picture[:, :, None], 3, axis=2)


AHEAD = Pose([-0.075, -0.09, 0.5])


def gathering(*pictures: np.ndarray, tools: list[Pose] | None = None) -> Gathering:
    waiting, places = list(pictures), list(tools or [Pose.top_down([0.1 * i, 0, 0.3]) for i in range(40)])
    pairs = iter([pose for pose in places for _ in range(2)] if tools is None else places)

    def state() -> RobotState:
        return RobotState(0.0, np.zeros(6), np.zeros(6), next(pairs), 0.0)

    return Gathering(
        BOARD, "base", lambda: Shot(waiting.pop(0), np.ones((480, 640), np.float32), K, float(len(waiting))), state
    )


def test_corners_are_found_where_they_are() -> None:
    tilted = AHEAD @ Pose([0, 0, 0], [np.sin(0.2), 0.0, 0.0, np.cos(0.2)])
    seen = BOARD.find(drawn(tilted))
    assert seen is not None
    assert len(seen.ids) == len(BOARD.corners) == 20
    points = tilted.transform(seen.points)
    assert np.abs(600 * points[:, :2] / points[:, 2:] + [K.cx, K.cy] - seen.pixels).max() < 0.4


def test_a_good_view_is_kept_and_others_are_refused_with_the_reason() -> None:
    half = drawn(AHEAD)
    half[:, :330] = 190
    slanted = Pose([-0.05, -0.02, 0.3]) @ Pose([0, 0, 0], [np.sin(0.6), 0.0, 0.0, np.cos(0.6)])
    empty = np.full((480, 640, 3), 190, np.uint8)
    bent = drawn(AHEAD)
    v, u = np.mgrid[0:480, 0:640].astype(np.float32)
    bent = cv2.remap(bent, u, v + 6 * np.sin(u / 40).astype(np.float32), cv2.INTER_LINEAR)
    g = gathering(drawn(AHEAD), empty, half, np.asarray(bent), drawn(slanted))
    reasons = [g.take().refused for _ in range(5)]
    assert reasons[0] == ""
    assert "the board is not in the picture" in reasons[1]
    assert re.search(r"only \d of 20 corners were found \(at least 8\)", reasons[2])
    assert "px off any flat board's" in reasons[3]
    assert reasons[4] == "" or "too much from the side" in reasons[4] or "corners" in reasons[4]
    assert len(g.kept) == 1 + (reasons[4] == "")


def test_a_view_like_another_and_a_moving_arm_are_refused() -> None:
    here, there = Pose.top_down([0.4, 0, 0.3]), Pose.top_down([0.41, 0, 0.3])
    near = Pose.top_down([0.402, 0, 0.3])
    g = gathering(*[drawn(AHEAD)] * 3, tools=[here, here, near, near, here, there])
    reasons = [g.take().refused for _ in range(3)]
    assert reasons[0] == ""
    assert "it is like view 1 (2 mm and 0 degrees away)" in reasons[1]
    assert "the arm still moved (10.0 mm while the image was taken)" in reasons[2]


def test_by_hand_takes_a_view_for_each_yes_and_writes_a_picture(tmp_path: Path) -> None:
    rig = Rig("base")
    tools, pictures = [], []
    for number in range(10):
        view = rig.view(number)
        pose = rig.camera.inverse() @ view.tool @ rig.other
        tools += [view.tool, view.tool]
        pictures.append(drawn(pose))
    g = gathering(*pictures, tools=tools)
    heard: list[str] = []
    report = by_hand(g, lambda count: len(heard) < 10, told=lambda taken: heard.append(taken.refused))
    metres, radians = report.solution.camera.distance(rig.camera)
    assert heard == [""] * 10
    assert metres < 0.002
    assert radians < np.deg2rad(0.2)
    write_picture(tmp_path / "sheet.png", g.kept, report, BOARD, "base")
    sheet = cv2.imread(str(tmp_path / "sheet.png"))
    assert sheet is not None
    assert sheet.shape == (720, 1440, 3)


def test_nothing_taken_by_hand_is_said() -> None:
    with pytest.raises(CalibrationError, match="no view was taken"):
        by_hand(gathering(), lambda count: False)


# Paper and file


@pytest.mark.parametrize("paper", PAPERS)
def test_the_printed_board_is_the_board_to_a_hundredth_of_a_millimetre(tmp_path: Path, paper: str) -> None:
    """Its rectangles, drawn at 20 pixels per mm, are found as the board, with its corners where they belong."""
    write_board(tmp_path / "board.pdf", BOARD, paper)
    data = (tmp_path / "board.pdf").read_bytes()
    width, height = (float(v) for v in re.search(rb"MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data).groups())  # type: ignore[union-attr]
    assert (width * 25.4 / 72, height * 25.4 / 72) == pytest.approx(PAPERS[paper], abs=0.01)
    boxes = np.array(
        [[float(v) for v in box] for box in re.findall(rb"([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) re f", data)]
    )
    mm = boxes * 25.4 / 72
    picture = np.full((int(20 * PAPERS[paper][1]), int(20 * PAPERS[paper][0])), 255, np.uint8)
    for x, y, w, h in mm:
        top = PAPERS[paper][1] - y - h
        picture[round(20 * top) : round(20 * (top + h)), round(20 * x) : round(20 * (x + w))] = 0
    small = cv2.resize(picture, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    seen = BOARD.find(np.repeat(np.asarray(small, dtype=np.uint8)[:, :, None], 3, axis=2))
    assert seen is not None
    assert len(seen.ids) == 20
    apart = seen.pixels / 5 - 1000 * seen.points[:, :2]
    assert np.ptp(apart, axis=0).max() < 0.1
    # The ruler: the outer edges of its outer ticks are 100 mm and one tick apart.
    line = mm[(mm[:, 2] > 99) & (mm[:, 3] < 1)][0]
    assert line[2] == pytest.approx(100.25, abs=0.01)
    # The table at the end says where each object is.
    for place in re.findall(rb"(\d{10}) 00000 n", data):
        assert re.match(rb"\d obj", data[int(place) + 2 :]) or data[int(place) :].split(b" ")[2][:3] == b"obj"


@pytest.mark.parametrize(
    ("board", "paper", "message"),
    [
        (Board(8, 10), "a4", "a board of 240 by 300 mm does not fit on a4, which has room for 194 by 259 mm"),
        (Board(), "a5", "unknown paper 'a5'"),
    ],
)
def test_a_board_that_does_not_fit_is_refused(tmp_path: Path, board: Board, paper: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        write_board(tmp_path / "board.pdf", board, paper)
    assert not (tmp_path / "board.pdf").exists()


@pytest.mark.parametrize(
    ("measures", "message"),
    [
        ((2, 6, 0.03, 0.022), "at least 3 by 3"),
        ((20, 20, 0.03, 0.022), "at most 100 squares"),
        ((5, 6, 0.03, 0.03), "nine tenths"),
        ((5, 6, 30.0, 22.0), "5 to 200 mm"),
    ],
)
def test_a_board_that_cannot_be_is_refused(measures: tuple[int, int, float, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Board(*measures)


def test_a_calibration_is_read_as_it_was_written(tmp_path: Path) -> None:
    report = evaluate(Rig("hand").views(), K, "hand")
    pose = report.solution.camera
    Calibration("wrist", "xarm6", "hand", pose, "today", report.figures()).save(tmp_path / "c.yaml")
    again = Calibration.load(tmp_path / "c.yaml")
    assert again.pose.is_close(pose, 1e-6, 1e-6)
    assert (again.camera, again.arm, again.mount) == ("wrist", "xarm6", "hand")
    assert again.quality == report.figures()
