"""The run report, over a synthetic run directory that holds what a real one does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from capra.policies.report.html import write_report
from capra.policies.report.story import read_story
from capra.policies.trace import Trace
from capra.policies.video import write_video
from capra.primitives.values import Object

FIRST = """\
# Put every block into the bowl of its own colour.
blocks = detect("block")
for block in blocks:
    bowl = find(f"{block.color} bowl")
    pick(block)
    place_in(bowl)
    print("placed", block.name)
say("done")
"""
SECOND = """\
bowls = {bowl.color: bowl for bowl in detect("bowl")}
for block in detect("block"):
    if math.dist(block.position[:2], bowls[block.color].position[:2]) < 0.05:
        continue
    for trial in range(3):
        try:
            pick(block)
            break
        except PrimitiveError as error:
            if error.code != "grasp_missed":
                raise
            block = find(block.name)
    place_in(bowls[block.color])
go_home()
"""
COLOURS = {"red": (217, 74, 69), "blue": (59, 111, 182), "green": (76, 154, 70)}


def make_run(run_dir: Path, tamper: Callable[[Trace], None] | None = None) -> Path:
    """A run of two attempts: the first loses a block to an injected slip, the second recovers. `tamper` writes the
    last events in place of the usual verdict and end."""
    run_dir.mkdir(parents=True, exist_ok=True)
    clock = [0.0]
    trace = Trace(run_dir / "trace.jsonl", clock=lambda: clock[0])
    film: list[np.ndarray[Any, np.dtype[np.uint8]]] = []
    places = {"red": (0.42, 0.12), "blue": (0.55, -0.05), "green": (0.38, -0.2)}

    def see(name: str) -> str:
        picture = paint(places)
        film.append(picture)
        (run_dir / "frames").mkdir(exist_ok=True)
        cv2.imwrite(str(run_dir / "frames" / name), picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])
        return f"frames/{name}"

    def thing(colour: str, kind: str = "block") -> Object:
        x, y = places[colour] if kind == "block" else bowl_at(colour)
        return Object(f"{colour} {kind}", kind, colour, np.array([x, y, 0.02]), np.array([0.04, 0.04, 0.04]), 0.3)

    def step(
        name: str, *args: Any, line: int, took: float = 0.0, result: Any = None, error: Any = None, fault: str = ""
    ) -> None:
        trace.write("call", name=name, args=list(args), kwargs={}, line=line)
        begin = clock[0]
        before = {"holding": name == "place_in", "width": 0.04}
        if fault:
            trace.write("fault", name=fault, facts={"object": "blue block", "after": 0.41})
        clock[0] += took
        images = {"after": see(f"{trace.attempt}-{len(trace.events):03}.jpg")} if took else {}
        if took:
            film.extend(film[-1:] * 6)
        trace.write(
            "return",
            name=name,
            line=line,
            **({"error": error} if error else {"result": result}),
            span=[begin, clock[0]],
            seconds=took * 0.07 + 0.011,
            arm={"joints": [0.0, -0.78, 0.0, -2.35, 0.0, 1.57, 0.78], "width": 0.04},
            before=before,
            after={"holding": name == "pick" and not error, "width": 0.038 if name == "pick" else 0.08},
            images=images,
        )

    trace.write(
        "run",
        instruction="Put the blocks into the bowls with matching colours",
        task="matching-bowls",
        seed=7,
        robot="sim",
        author="default",
        tier="high",
        perception="camera",
        attempts=3,
        versions={"capra": "0.1.0", "python": "3.11.7", "pybullet": "3.2.7"},
    )
    messages = [
        {"role": "system", "content": "You write a Python program for a robot arm.\n\ndef pick(target) -> Object: ..."},
        {"role": "user", "content": "Put the blocks into the bowls with matching colours"},
    ]
    scene = [thing(c) for c in places] + [thing(c, "bowl") for c in places]
    trace.attempt = 1
    trace.write("attempt")
    trace.write("scene", objects=scene, images={"overhead": see("scene-1.jpg")})
    trace.write("prompt", messages=messages)
    trace.write(
        "completion", text=f"```python\n{FIRST}```", tokens={"prompt": 1204, "completion": 88}, seconds=3.2, cost=0.0
    )
    trace.write("program", source=FIRST, sha256="0" * 64)
    trace.write("check", problems=[])
    step("detect", "block", line=2, took=0.05, result=[thing(c) for c in places])
    for colour in ("red", "blue"):
        step("find", f"{colour} bowl", line=4, took=0.05, result=thing(colour, "bowl"))
        if colour == "blue":
            places["blue"] = (0.5, -0.12)
            error = {
                "code": "slipped",
                "message": "the blue block was lost 0.41 s after lifting",
                "facts": {"width": 0.0021, "expected": 0.04, "last_seen": [0.5, -0.12, 0.02]},
            }
            step("pick", thing("blue"), line=5, took=2.1, error=error, fault="grasp_slip")
            break
        step("pick", thing(colour), line=5, took=2.3, result=thing(colour))
        places[colour] = bowl_at(colour)
        step("place_in", thing(colour, "bowl"), line=6, took=2.6, result=thing(colour))
        trace.write("print", text=f"placed {colour} block", line=7)
    trace.write("scene", objects=scene, images={"look overhead": see("scene-1-end.jpg")})
    failed = {"code": "slipped", "message": "the blue block was lost 0.41 s after lifting", "line": 5}
    trace.write("outcome", status="primitive_error", error=failed, calls=6, seconds_sim=7.15, seconds_wall=0.9)
    reasons = ["blue block is not in the blue bowl (8.3 cm away)", "green block is not in the green bowl"]
    trace.write("verdict", achieved=False, score=0.33, reasons=reasons)

    trace.attempt = 2
    trace.write("attempt")
    trace.write("scene", objects=scene, images={"overhead": see("scene-2.jpg")})
    trace.write(
        "prompt", messages=[*messages, {"role": "user", "content": "Line 5: slipped: the blue block was lost."}]
    )
    trace.write(
        "completion", text=f"```python\n{SECOND}```", tokens={"prompt": 1510, "completion": 121}, seconds=4.4, cost=0.0
    )
    trace.write("program", source=SECOND, sha256="1" * 64)
    trace.write("check", problems=[])
    step("detect", "bowl", line=1, took=0.05, result=[thing(c, "bowl") for c in places])
    step("detect", "block", line=2, took=0.05, result=[thing(c) for c in places])
    missed = {"code": "grasp_missed", "message": "the jaws closed to 0.0 mm", "facts": {"width": 0.0}}
    step("pick", thing("blue"), line=7, took=1.9, error=missed)
    step("find", "blue block", line=12, took=0.05, result=thing("blue"))
    for colour in ("blue", "green"):
        step("pick", thing(colour), line=7, took=2.2, result=thing(colour))
        places[colour] = bowl_at(colour)
        step("place_in", thing(colour, "bowl"), line=13, took=2.5, result=thing(colour))
    step("go_home", line=14, took=1.1)
    if tamper:
        tamper(trace)
    else:
        trace.write("outcome", status="completed", error=None, calls=9, seconds_sim=12.5, seconds_wall=1.3)
        trace.write("verdict", achieved=True, score=1.0, reasons=["every block rests in the bowl of its colour"])
        trace.attempt = None
        trace.write("end", achieved=True, exit_code=0)
    trace.close()
    write_video(film, run_dir / "run.mp4", fps=8)
    return run_dir


def bowl_at(colour: str) -> tuple[float, float]:
    return {"red": (0.6, 0.22), "blue": (0.63, 0.05), "green": (0.62, -0.2)}[colour]


def paint(places: dict[str, tuple[float, float]]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """An overhead view of a table with three bowls and three blocks, (240, 320, 3)."""
    picture = np.full((240, 320, 3), (222, 213, 200), np.uint8)
    for colour, rgb in COLOURS.items():
        x, y = bowl_at(colour)
        at = (int(160 - y * 480), int(240 - (x - 0.25) * 520))
        cv2.circle(picture, at, 30, [int(c * 0.75) for c in rgb], -1, cv2.LINE_AA)
        cv2.circle(picture, at, 23, rgb, -1, cv2.LINE_AA)
    for colour, (x, y) in places.items():
        box = cv2.boxPoints(((160 - y * 480, 240 - (x - 0.25) * 520), (20, 20), 25)).astype(np.int32)
        cv2.fillConvexPoly(picture, box, [min(255, int(c * 1.1)) for c in COLOURS[colour]], cv2.LINE_AA)
    return picture


class Page(HTMLParser):
    """Collects what a browser would load or run, and checks that elements are closed in order."""

    VOID = frozenset({"meta", "img", "br", "link", "input", "path"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.loads += [v or "" for k, v in attrs if k in ("src", "href", "action", "data", "poster", "srcset")]
        self.handlers += [k for k, _ in attrs if k.startswith("on")]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return "".join(self.words)


@pytest.fixture(scope="module")
def run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("run"))


def page_of(run_dir: Path) -> Page:
    return Page(write_report(run_dir).read_text(encoding="utf-8"))


def test_page_tells_the_run(run_dir: Path) -> None:
    page = page_of(run_dir)
    for words in (
        "Put the blocks into the bowls with matching colours",
        "Achieved on attempt 2",
        "matching-bowls",
        "the blue block was lost 0.41 s after lifting",
        "slipped",
        "grasp_slip",
        "blue block is not in the blue bowl (8.3 cm away)",
        "placed red block",
        "1,292 tokens",
    ):
        assert words in page.text
    assert page.tags.count("video") == 1
    assert not page.open


def test_page_needs_nothing_else(run_dir: Path) -> None:
    page = page_of(run_dir)
    outside = [s for s in page.loads if not s.startswith(("data:", "#"))]
    assert outside == []
    assert page.tags.count("img") >= 15
    css = (run_dir / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(", css)


def test_lines_are_marked(run_dir: Path) -> None:
    text = write_report(run_dir).read_text(encoding="utf-8")
    assert re.search(r'<div class="ln bad" id="a1-L5".*?×2', text)
    assert re.search(r'<div class="ln odd" id="a2-L7"', text)  # failed once, caught
    assert re.search(r'<div class="ln ran" id="a1-L2"', text)
    assert re.search(r'<div class="ln " id="a1-L8"', text)  # never reached


def test_bars_lie_on_the_clock(run_dir: Path) -> None:
    text = write_report(run_dir).read_text(encoding="utf-8")
    bars = [(float(a), float(b)) for a, b in re.findall(r'<i style="left:([\d.]+)%;width:([\d.]+)%">', text)]
    story = read_story(run_dir / "trace.jsonl")
    assert len(bars) == sum(len(a.calls) for a in story.attempts)
    assert all(0 <= left <= 100 and left + width <= 100.02 for left, width in bars)
    first = story.attempts[0].calls
    assert bars[2][1] == pytest.approx(100 * 2.3 / (first[-1].end - first[0].start), abs=0.02)  # type: ignore[operator]


EVIL = "</code></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&amp;"


def test_nothing_of_the_trace_becomes_markup(tmp_path: Path) -> None:
    with Trace(tmp_path / "trace.jsonl", clock=lambda: 1.0) as trace:
        trace.write("run", instruction=EVIL, task=EVIL, seed=EVIL, robot=EVIL, author=EVIL, versions={EVIL: EVIL})
        trace.write("note", text=EVIL)
        trace.attempt = 1
        trace.write("scene", objects=[{"name": EVIL, "color": EVIL}], images={EVIL: EVIL})
        trace.write("prompt", messages=[{"role": EVIL, "content": [{"type": "text", "text": EVIL}]}])
        trace.write("completion", text=EVIL, tokens={"prompt": 1})
        trace.write("program", source=f'x = "{EVIL}"\n"""\n{EVIL}\n"""\n# {EVIL}')
        trace.write("check", problems=[{"line": 1, "message": EVIL}, {"line": None, "message": EVIL}])
        for name in ("ok", EVIL):
            trace.write("call", name=name, args=[EVIL, {"type": EVIL}], kwargs={EVIL: EVIL}, line=1)
            trace.write("fault", name=EVIL, facts={EVIL: EVIL})
            error = {"code": EVIL, "message": EVIL, "facts": {EVIL: EVIL}} if name == EVIL else None
            trace.write(
                "return", name=name, result=EVIL, error=error, before={EVIL: EVIL}, after={EVIL: 1}, arm={EVIL: 1}
            )
        trace.write("print", text=EVIL, line=EVIL)
        trace.write("note", text=EVIL)
        trace.write("outcome", status=EVIL, error={"code": EVIL, "message": EVIL, "line": 2})
        trace.write("verdict", achieved=False, score=0.0, reasons=[EVIL])
    page = page_of(tmp_path)
    assert page.tags.count("script") == 1
    assert page.handlers == []
    assert page.tags.count("img") == 1  # the page's own, for enlarged pictures
    assert page.text.count("alert(1)") >= 20


def test_policy_admits_only_its_own_script(run_dir: Path) -> None:
    text = write_report(run_dir).read_text(encoding="utf-8")
    assert re.search(r"default-src 'none';.*script-src 'sha256-[\w+/=]{44}'", text)


def test_report_of_a_trace_cut_anywhere(run_dir: Path, tmp_path: Path) -> None:
    whole = (run_dir / "trace.jsonl").read_bytes()
    lines = whole.splitlines(keepends=True)
    for end in range(len(lines)):
        (tmp_path / "trace.jsonl").write_bytes(b"".join(lines[:end]) + lines[end][: len(lines[end]) // 2])
        page = page_of(tmp_path)
        assert not page.open
        assert "Achieved on attempt 2" not in page.text or end == len(lines) - 1
    (tmp_path / "trace.jsonl").write_bytes(b"".join(lines[: len(lines) // 2]))
    assert "Unfinished" in page_of(tmp_path).text


def test_trace_cut_inside_a_character(tmp_path: Path) -> None:
    line = json.dumps({"v": 1, "type": "note", "text": "größer"}, ensure_ascii=False).encode()
    cut = line.index("ö".encode()) + 1
    (tmp_path / "trace.jsonl").write_bytes(line + b"\n" + line[:cut])
    assert "größer" in page_of(tmp_path).text


def test_call_without_return_is_marked_as_cut(tmp_path: Path) -> None:
    def stop(trace: Trace) -> None:
        trace.write("call", name="move_to", args=[[0.5, 0.0, 0.2]], kwargs={}, line=14)

    make_run(tmp_path, stop)
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert "the trace ends here" in text
    assert re.search(r'<div class="ln cut" id="a2-L14"', text)
    assert "The trace stops before this attempt ended." in text


def test_run_without_verdict_is_not_called_a_failure(tmp_path: Path) -> None:
    def end(trace: Trace) -> None:
        trace.write("outcome", status="completed", error=None, calls=9, seconds_sim=12.5, seconds_wall=1.3)
        trace.write("end", achieved=None, exit_code=0)

    page = page_of(make_run(tmp_path, end))
    assert "Ended, not judged" in page.text


def test_check_problems_stand_under_their_lines(tmp_path: Path) -> None:
    with Trace(tmp_path / "trace.jsonl") as trace:
        trace.attempt = 1
        trace.write("program", source="import os\npik('red block')\n")
        trace.write(
            "check",
            problems=[
                {"line": 1, "message": "'os' cannot be imported"},
                {"line": 2, "message": "there is no 'pik'; did you mean 'pick'?"},
            ],
        )
        trace.write("outcome", status="check_failed", error=None)
    text = write_report(tmp_path).read_text(encoding="utf-8")
    assert re.search(r'id="a1-L2".*?did you mean &#x27;pick&#x27;\?</div>', text)
    assert text.index("cannot be imported") < text.index('id="a1-L2"')


def test_pictures_outside_the_run_are_left_out(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "secret.png"), np.zeros((4, 4, 3), np.uint8))
    run = tmp_path / "run"
    run.mkdir()
    with Trace(run / "trace.jsonl") as trace:
        trace.attempt = 1
        trace.write(
            "scene", objects=[], images={"a": "../secret.png", "b": str(tmp_path / "secret.png"), "c": "no.png"}
        )
        trace.write("program", source="pass")
    assert page_of(run).tags.count("img") == 1


def test_large_video_is_linked(run_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capra.policies.report.media.VIDEO_LIMIT", 100)
    assert "run.mp4" in page_of(run_dir).loads


def test_lone_surrogates_and_control_characters_survive(tmp_path: Path) -> None:
    with Trace(tmp_path / "trace.jsonl") as trace:
        trace.attempt = 1
        trace.write("program", source="print('\ud800')")
        trace.write("print", text="\ud800\x00\x1b[31m", line=1)
    assert page_of(tmp_path).text


def test_other_schema_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "trace.jsonl").write_text('{"v": 99}\n')
    with pytest.raises(ValueError, match="schema version 99"):
        write_report(tmp_path)
