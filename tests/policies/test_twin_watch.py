"""Camera against twin: what counts as a surprise, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from capra.policies.twin_watch import TwinWatch

Facts = dict[str, Any]


def facts(red: float, blue: float, holding: str | None = None) -> Facts:
    """Two blocks at these x."""
    return {
        "objects": {"red block #1": [red, 0.0, 0.02, 0.0], "blue block #2": [blue, 0.1, 0.02, 0.0]},
        "holding": holding,
    }


REHEARSED = [
    {"name": "pick", "before": facts(0.4, 0.5), "after": {**facts(0.4, 0.5), "holding": "red block"}},
    {"name": "place_on", "before": facts(0.4, 0.5, "red block"), "after": facts(0.6, 0.5)},
]


def second(before: Facts, after: Facts) -> str | None:
    """What the second call's facts give."""
    watch = TwinWatch(REHEARSED)
    watch.begin("pick")
    watch.begin("place_on")
    return watch.surprise("place_on", before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (facts(0.4, 0.5, "red block"), facts(0.61, 0.5)),  # as rehearsed
        (facts(0.4, 0.5), facts(0.63, 0.52)),  # nearly so
        (facts(0.4, 0.5), {"objects": None, "holding": None}),  # nothing was seen
    ],
)
def test_what_moved_in_the_rehearsal_too_is_no_surprise(before: Facts, after: Facts) -> None:
    assert second(before, after) is None


def test_a_bystander_that_moved_is_one() -> None:
    found = second(facts(0.4, 0.5, "red block"), facts(0.6, 0.55))
    assert found is not None
    assert found.startswith("the blue block moved 5 cm during place_on()")


def test_a_run_that_goes_another_way_has_nothing_to_compare_with() -> None:
    watch = TwinWatch(REHEARSED)
    for name in ("find", "place_on", "place_on"):
        watch.begin(name)
        assert watch.surprise(name, facts(0.4, 0.5), facts(0.4, 0.9)) is None


def test_a_call_beyond_the_rehearsal_is_not_compared() -> None:
    watch = TwinWatch([])
    watch.begin("pick")
    assert watch.surprise("pick", facts(0.4, 0.5), facts(0.4, 0.9)) is None
