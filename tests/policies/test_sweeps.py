"""Loops over all things: whether they pick up what holds things."""

from __future__ import annotations

import ast

import pytest

from capra.policies.models.sweeps import holders_swept

NAMES = ["red block", "blue block", "red bowl", "blue tray", "green zone"]
BODY = 'pick(thing)\n        place_in("red bowl")'


def loop(test: str = "", query: str = "object") -> ast.AST:
    return ast.parse(f"for thing in detect({query!r}):\n    if {test or 'True'}:\n        {BODY}")


@pytest.mark.parametrize(
    ("test", "query", "swept"),
    [
        ("", "object", ["red bowl", "blue tray", "green zone"]),
        ('thing.name != "red bowl"', "object", ["blue tray", "green zone"]),
        ('thing.kind not in ("bowl", "tray", "zone")', "object", []),
        ('thing.kind == "block"', "object", []),
        ('thing.kind not in ("bowl", "tray") and thing.color != "green"', "object", []),
        ('thing.kind not in ("bowl", "tray") and thing.color != "red"', "object", ["green zone"]),
        ('not (thing.kind == "bowl" or thing.color in ["blue", "green"])', "object", []),
        ("", "red object", ["red bowl"]),
        ('thing.name != "red bowl"', "red things", []),
        ("", "block", []),
        ("", "yellow object", []),
        ("thing.z > 0.04", "object", []),
        ('is_at(thing, "blue tray")', "object", []),
        ('thing.kind != "bowl" and is_at(thing, "blue tray")', "object", []),
    ],
)
def test_what_holds_things_and_is_picked_up(test, query, swept):
    assert holders_swept(loop(test, query), NAMES) == swept


def test_other_programs_sweep_nothing():
    for text in (
        'for thing in detect("object"):\n    say(thing.name)',
        'for name in ["red block", "blue block"]:\n    pick(name)\n    place_in("red bowl")',
        'pick("red block")\nplace_in("red bowl")',
    ):
        assert holders_swept(ast.parse(text), NAMES) == []
