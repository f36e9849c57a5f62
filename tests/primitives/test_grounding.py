"""Grounding: who is asked, how often, and what an answer is worth; marks on pictures; detectors. ~5 s."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from capra.policies.grounding import read_marks
from capra.primitives.errors import PrimitiveError
from capra.primitives.perception import detector
from capra.primitives.perception.detector import Detection, DetectorChooser, DetectorError, load_detector, overlap
from capra.primitives.perception.grounding import Asked, Chosen, Grounding
from capra.primitives.perception.marks import Marked, draw_marks
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tests.support.cell import Cell

SCENE = (
    Placement(BodySpec("block", "red"), 0.45, 0.12, 0.3),
    Placement(BodySpec("cup", "white"), 0.58, -0.15),
    Placement(BodySpec("bowl", "blue"), 0.55, 0.05),
)
Make = Callable[..., Cell]


class Scripted:
    """Picks the things of these names; keeps what it was asked."""

    name = "scripted"

    def __init__(self, *answers: Sequence[int]) -> None:
        self.answers = [list(numbers) for numbers in answers]
        self.asked: list[tuple[str, Marked]] = []

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        self.asked.append((phrase, picture))
        return Chosen(list(self.answers.pop(0)), "words")


def grounded(cell: Make, *answers: Sequence[int], most: int = 12) -> tuple[Cell, Scripted, list[Asked]]:
    made, chooser, told = cell(*SCENE), Scripted(*answers), []
    made.context.grounding = Grounding(chooser, told.append, most)
    return made, chooser, told


def mark(cell: Cell, name: str) -> int:
    return 1 + [o.name for o in cell.context.objects()].index(name)


def test_perceptions_own_words_come_first(cell: Make) -> None:
    made, chooser, _ = grounded(cell, [])
    assert made.find("red block").name == "red block"
    assert made.detect("cups")[0].name == "white cup"
    assert not chooser.asked


def test_an_answer_holds_while_things_stay(cell: Make) -> None:
    made, chooser, told = grounded(cell)
    chooser.answers = [[mark(made, "white cup")]] * 3
    assert made.find("my drink").name == "white cup"
    assert [o.name for o in made.detect("my drink")] == ["white cup"]
    made.context.look()
    made.find("my drink")
    assert len(chooser.asked) == 1
    made.pick("red block")  # one thing less is no new scene
    made.find("my drink")
    assert len(chooser.asked) == 1
    made.place_at((0.4, -0.2))
    made.find("my drink")
    assert len(chooser.asked) == 2
    assert told[0].marks[told[0].chosen[0]] == "white cup"


def test_words_that_are_understood_and_fit_nothing_are_asked_too(cell: Make) -> None:
    made, chooser, _ = grounded(cell)
    chooser.answers = [[], [mark(made, "white cup")]]
    assert made.detect("purple block") == []
    assert made.find("duck").name == "white cup"
    assert len(chooser.asked) == 2


def test_what_the_jaws_hold_is_not_asked_for(cell: Make) -> None:
    made, chooser, _ = grounded(cell)
    made.pick("red block")
    assert made.detect("red block") == []
    assert not chooser.asked


def test_questions_are_bounded(cell: Make) -> None:
    made, chooser, _ = grounded(cell, [], [], most=2)
    for phrase in ("one toy", "two toys"):
        assert made.detect(phrase) == []
    with pytest.raises(PrimitiveError, match="2 questions") as caught:
        made.detect("three toys")
    assert caught.value.code == "limit"
    assert made.detect("green block") == []  # understood: there is none, whoever could be asked
    assert len(chooser.asked) == 2
    assert isinstance(made.context.grounding, Grounding)
    made.context.grounding.begin()
    chooser.answers = [[]]
    assert made.detect("three toys") == []


def test_a_mark_that_is_not_there_is_refused_and_told(cell: Make) -> None:
    made, _, told = grounded(cell, [7])
    with pytest.raises(PrimitiveError, match="marks 1 to 3, the answer was mark 7") as caught:
        made.find("a toy")
    assert caught.value.code == "no_answer"
    assert told[0].error == caught.value.message
    assert told[0].chosen == []


def test_segments_of_a_phrase(cell: Make) -> None:
    made, _, _ = grounded(cell, [1])
    image = made.observe("overhead")
    names = [s.name for s in made.segment(image)]
    (one,) = made.segment(image, "a toy")
    assert one.name == names[0]
    assert one.mask.any()


def test_an_unknown_word_without_grounding_is_an_error_as_before(cell: Make) -> None:
    made = cell(*SCENE)
    with pytest.raises(PrimitiveError, match="'toy' is not understood"):
        made.find("a toy")


def test_marks_stand_beside_things_and_not_on_one_another(cell: Make) -> None:
    made = cell(*SCENE)
    objects = made.context.look()
    picture = draw_marks(made.context.frames, objects)
    assert picture.picture.shape[0] == 3 * picture.rgb.shape[0]
    assert len(picture.boxes) == len(objects) == 3
    for one, other in itertools.combinations(picture.boxes, 2):
        assert overlap(one, other) == 0
    for box, o in zip(picture.boxes, objects, strict=True):
        left, top, right, bottom = (int(v) for v in box)
        inside = picture.rgb[(top + bottom) // 2, (left + right) // 2].astype(int)
        red, _, blue = inside
        assert {"red block": red > blue + 50, "blue bowl": blue > red + 50, "white cup": inside.min() > 90}[o.name]


# detectors


def test_a_detection_means_the_thing_it_falls_on(cell: Make) -> None:
    made = cell(*SCENE)
    objects = made.context.look()
    boxes = draw_marks(made.context.frames, objects).boxes
    cup = boxes[mark(made, "white cup") - 1]
    found: list[Detection] = []
    asked: list[tuple[tuple[int, ...], str]] = []

    def detect(rgb: Any, phrase: str) -> list[Detection]:
        asked.append((rgb.shape, phrase))
        return found

    made.context.grounding = Grounding(DetectorChooser(detect))
    shifted = (cup[0] + 3, cup[1] - 2, cup[2] + 3, cup[3])
    found += [Detection(shifted, 0.5), Detection((0.0, 0.0, 9.0, 9.0), 0.6), Detection(boxes[0], 0.2)]
    assert [o.name for o in made.detect("my drink")] == ["white cup"]
    assert asked[0][1] == "my drink"
    assert asked[0][0][2] == 3
    found[:] = [Detection(cup, detector.THRESHOLD / 2)]
    assert made.detect("a toy") == []
    found[:] = [Detection(box, 0.5) for box in boxes]
    assert len(made.detect("three toys")) == 3


def test_a_detector_that_is_not_there_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    load_detector.cache_clear()
    monkeypatch.setenv(detector.MODEL_VARIABLE, "no/such-detector")
    with pytest.raises(DetectorError) as caught:
        load_detector()
    assert "\n" not in str(caught.value)
    assert "pip install" in str(caught.value) or detector.MODEL_VARIABLE in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "numbers"),
    [
        ("marks: 2", [2]),
        ("Marks: 1, 3", [1, 3]),
        ("mark: 4.", [4]),
        ("**marks: 2 and 5**", [2, 5]),
        ("The cup has a handle.\nmarks: 3\n", [3]),
        ("marks: none", []),
        ("none", []),
        ("7", [7]),
        ("", None),
        ("banana", None),
        ("it is 3", None),
        ("marks: the white one", None),
        ("marks: -1", None),
        ("1\n2", None),
    ],
)
def test_what_an_answer_says(answer: str, numbers: list[int] | None) -> None:
    assert read_marks(answer) == numbers


def test_marks_are_drawn_where_most_can_be_seen(cell: Make) -> None:
    made = cell(*SCENE)
    objects = made.context.look()
    frames = sorted(made.context.frames, key=lambda f: f.camera)
    dark = [f if f.camera == "oblique" else _blind(f) for f in frames]
    assert (draw_marks(dark, objects).rgb == next(f.rgb for f in dark if f.camera == "oblique")).all()
    assert (draw_marks(frames, objects).rgb == next(f.rgb for f in frames if f.camera == "overhead")).all()


def _blind(frame: Any) -> Any:
    return replace(frame, rgb=np.full_like(frame.rgb, 128))
