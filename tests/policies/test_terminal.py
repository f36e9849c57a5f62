"""The live log: what it shows, and what it keeps from the terminal."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from rich.console import Console

from capra.policies.terminal import TerminalView, doctor_table, primitives_table, tasks_table
from capra.policies.trace import Trace
from capra.primitives.registry import Registry, primitive


def console(terminal: bool = False, width: int = 100) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=width, height=30, color_system=None)


def output(con: Console) -> str:
    assert isinstance(con.file, io.StringIO)
    return con.file.getvalue()


def ended_call(trace: Trace, name: str, line: int, **end: Any) -> None:
    trace.write("call", name=name, args=["red block"], kwargs={}, line=line)
    trace.write("return", name=name, line=line, span=[1.0, 3.3], seconds=0.1, **end)


def story(trace: Trace, view: TerminalView) -> None:
    trace.write("run", instruction="Stack the red block on the blue block", task="stack-two", seed=3, author="default")
    trace.attempt = 1
    trace.write("attempt")
    trace.write("scene", objects=[{"name": "red block"}, {"name": "blue block"}], images={})
    for chunk in ("```python\n", "pick('red ", "block')\n```"):
        view.on_text(chunk)
    trace.write(
        "completion", text="```python\npick('red block')\n```", tokens={"prompt": 900, "completion": 12}, seconds=2
    )
    trace.write("program", source="pick('red block')\nplace_on('blue block')\n")
    ended_call(trace, "pick", 1, result={"type": "Object", "name": "red block", "position": [0.4, 0.1, 0.02]})
    trace.write("print", text="got it", line=1)
    ended_call(trace, "place_on", 2, error={"code": "slipped", "message": "the red block was lost", "facts": {}})
    error = {"code": "slipped", "message": "the red block was lost", "line": 2}
    trace.write("outcome", status="primitive_error", error=error, calls=2, seconds_sim=4.6, seconds_wall=0.2)
    trace.write("verdict", achieved=False, score=0.0, reasons=["the red block is on the table"])


def shown(tmp_path: Path, terminal: bool = False) -> str:
    con = console(terminal)
    view = TerminalView(con)
    with Trace(tmp_path / "trace.jsonl", clock=lambda: 0.0) as trace:
        trace.listen(view)
        story(trace, view)
    view.finish(tmp_path, tmp_path / "report.html")
    return output(con)


def test_a_log_file_gets_finished_lines_only(tmp_path: Path) -> None:
    text = shown(tmp_path)
    assert "\x1b" not in text
    assert "\r" not in text
    assert "```" not in text, "the author's raw text gives way to the program"
    lines = [" ".join(line.split()) for line in text.splitlines()]
    for line in (
        "sees red block, blue block",
        "written 912 tokens · 2.0 s",
        "1 pick('red block')",
        "✓ 2.3 s pick('red block') → red block at (0.400, 0.100, 0.020)",
        "✗ 2.3 s place_on('red block') line 2, slipped: the red block was lost",
        "| got it",
        "a primitive failed 2 calls · 4.6 s robot · 0.2 s wall",
        "✗ Not achieved score 0.00",
        "the red block is on the table",
        f"report {tmp_path / 'report.html'}",
    ):
        assert line in lines
    assert "Stack the red block on the blue block" in text


def test_a_terminal_sees_the_author_write(tmp_path: Path) -> None:
    text = shown(tmp_path, terminal=True)
    assert "```python" in text
    assert "\x1b[2K" in text, "running calls and streamed text are wiped when done"


def test_the_terminal_cannot_be_steered(tmp_path: Path) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m[red]markup[/red]\ud800"
    for terminal in (False, True):
        con = console(terminal)
        view = TerminalView(con)
        trace = Trace(tmp_path / f"trace-{terminal}.jsonl")
        trace.listen(view)
        trace.write("run", instruction=evil, task=evil)
        trace.attempt = 1
        trace.write("attempt")
        view.on_text(evil)
        trace.write("completion", text=evil)
        trace.write("program", source=f"# {evil}")
        trace.write("check", problems=[{"line": 1, "message": evil}])
        trace.write("call", name=evil, args=[evil], kwargs={}, line=1)
        trace.write("return", name=evil, line=1, error={"code": evil, "message": evil})
        trace.write("print", text=evil)
        trace.write("outcome", status="program_error", error={"code": evil, "message": evil, "line": 1})
        trace.write("verdict", achieved=None, reasons=[evil])
        trace.write("note", text=evil)
        view.finish(Path(evil))
        text = output(con)
        assert "\x07" not in text
        assert "\x1b]" not in text
        assert "\x1b[2J" not in text
        assert "\x9b" not in text
        assert text.count("[red]markup[/red]") >= 8, "rich markup is text, too"
        text.encode("utf-8")


def test_an_ascii_terminal_gets_ascii(tmp_path: Path) -> None:
    raw = io.BytesIO()
    con = Console(file=io.TextIOWrapper(raw, encoding="ascii"), width=100)
    view = TerminalView(con)
    with Trace(tmp_path / "trace.jsonl") as trace:
        trace.listen(view)
        story(trace, view)
        trace.write("note", text="größer → ✓")
    con.file.flush()
    assert b"ok" in raw.getvalue()
    assert b"gr??er" in raw.getvalue()


def test_text_without_a_program_is_shown(tmp_path: Path) -> None:
    con = console()
    with Trace(tmp_path / "trace.jsonl") as trace:
        trace.listen(TerminalView(con))
        trace.attempt = 1
        trace.write("completion", text="I would rather not.", tokens={})
        trace.write("outcome", status="no_program", error={"code": "no_program", "message": "no fence", "line": None})
    assert "I would rather not." in output(con)
    assert "no fence" in output(con)


def test_check_problems_and_unknown_events(tmp_path: Path) -> None:
    con = console()
    with Trace(tmp_path / "trace.jsonl") as trace:
        trace.listen(TerminalView(con))
        trace.write("check", problems=[{"line": 2, "message": "there is no 'pik'; did you mean 'pick'?"}])
        trace.write("something_new", text="later")
    assert "line 2: there is no 'pik'; did you mean 'pick'?" in output(con)
    assert "later" not in output(con)


def test_closing_in_the_middle_restores_the_terminal() -> None:
    con = console(terminal=True)
    view = TerminalView(con)
    view.on_text("pick(")
    assert "\x1b[?25l" in output(con), "the cursor is hidden while text streams"
    view.close()
    view.close()
    assert output(con).count("\x1b[?25h") == 1


def test_tables_take_any_text() -> None:
    registry = Registry()

    @primitive("high", registry=registry)
    def wave(context: object, times: int = 2) -> None:
        """Wave the [hand].

        More words.
        """

    con = console()
    con.print(primitives_table(registry))
    con.print(tasks_table([("stack-two", "tabletop", "Stack the [red] block")]))
    con.print(doctor_table([("python", True, "3.11"), ("gpu", None, "none"), ("kernel walls", False, "no Landlock")]))
    text = output(con)
    for words in ("wave(times: int = 2) -> None", "Wave the [hand].", "Stack the [red] block", "optional", "fails"):
        assert words in text
    assert "More words" not in text
