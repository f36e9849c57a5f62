"""The trace: one event a line, on disk as it happens, readable after a crash."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from capra.policies.trace import SCHEMA_VERSION, Trace, plain, read_trace
from capra.primitives.values import Object
from capra.robots.pose import Pose


def test_events_are_on_disk_when_write_returns_and_reach_the_listeners(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    heard = []
    with Trace(path, clock=lambda: 1.5) as trace:
        trace.listen(heard.append)
        trace.write("attempt")
        trace.attempt = 1
        trace.write("print", text="héllo\n", line=3)
        events = list(read_trace(path))
    assert events == heard
    assert [e["i"] for e in events] == [0, 1]
    assert events[1] == {**events[1], "v": SCHEMA_VERSION, "sim": 1.5, "attempt": 1, "text": "héllo\n", "line": 3}


def test_a_line_cut_short_ends_the_stream_and_a_wrong_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "trace.jsonl"
    with Trace(path) as trace:
        trace.write("attempt")
        trace.write("note", text="x")
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    assert [e["type"] for e in read_trace(path)] == ["attempt"]
    path.write_bytes(b"not json\n" + whole)
    with pytest.raises(ValueError, match=r"trace\.jsonl:1"):
        list(read_trace(path))
    event = json.loads(whole.splitlines()[0])
    path.write_text(json.dumps({**event, "v": 99}) + "\n")
    with pytest.raises(ValueError, match="99"):
        list(read_trace(path))


def test_everything_becomes_plain_json() -> None:
    thing = Object("red block", "block", "red", np.array([0.5, 0, 0.02]), np.full(3, 0.04), 0.1, 7)
    values = [thing, Pose(), np.float32(1.5), float("nan"), {1: (2, 3)}, np.zeros((100, 100)), {4}, object, b"x"]
    text = json.dumps(plain(values), allow_nan=False)
    assert json.loads(text)[0] == {
        "type": "Object",
        "name": "red block",
        "kind": "block",
        "color": "red",
        "position": [0.5, 0.0, 0.02],
        "size": [0.04, 0.04, 0.04],
        "yaw": 0.1,
        "id": 7,
        "points": [],
    }
    assert json.loads(text)[5] == {"array": [100, 100], "dtype": "float64"}
    assert len(text) < 2000
