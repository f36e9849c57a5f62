"""Registry: what a primitive must have, how calls are bound, what wrong arguments say."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from capra.primitives.errors import ERROR_CODES, PrimitiveError
from capra.primitives.registry import Registry, default_registry, primitive
from capra.primitives.values import Object, Region


def _registry() -> Registry:
    registry = Registry()

    @primitive(tier="high", registry=registry)
    def shift(ctx: object, target: Object | str, dx: float = 0.0, mode: Literal["fast", "slow"] = "fast") -> float:
        """Move a thing.

        More words.
        """
        return dx

    return registry


def test_the_stub_is_the_programs_view_without_the_context() -> None:
    item = _registry()["shift"]
    assert "ctx" not in item.stub
    assert item.stub.startswith("def shift(target: Object | str, dx: float = 0.0, mode: ")
    assert item.summary == "Move a thing."


@pytest.mark.parametrize(
    ("args", "kwargs", "named"),
    [
        ((), {}, "missing a required argument: 'target'"),
        (("a", 1.0, "fast", 3), {}, "too many"),
        (("a",), {"dy": 1}, "dy"),
        ((5,), {}, "target must be a Object or a string, got 5"),
        (("a", "far"), {}, "dx must be a number, got 'far'"),
        (("a", True), {}, "dx must be a number, got True"),
        (("a", None), {}, "dx must be a number, got None"),
        (("a", 1.0, "odd"), {}, "mode must be 'fast' or 'slow', got 'odd'"),
    ],
)
def test_wrong_arguments_are_named(args: tuple, kwargs: dict, named: str) -> None:
    with pytest.raises(PrimitiveError) as caught:
        _registry()["shift"].call(None, args, kwargs)
    assert caught.value.code == "invalid_argument"
    assert named in caught.value.message


def test_numbers_of_numpy_are_numbers() -> None:
    assert _registry()["shift"].call(None, ("a", np.float64(0.5)), {}) == 0.5
    assert _registry()["shift"].call(None, ("a", 2), {}) == 2


def test_what_a_primitive_must_have() -> None:
    registry = Registry()

    def silent(ctx: object) -> None: ...

    def untyped(ctx: object, x) -> None:  # type: ignore[no-untyped-def]
        """Does."""

    def bare() -> None:
        """Does."""

    with pytest.raises(TypeError, match="no docstring"):
        registry.add(silent, ("high",))
    with pytest.raises(TypeError, match="'x' has no type"):
        registry.add(untyped, ("high",))
    with pytest.raises(TypeError, match="Context"):
        registry.add(bare, ("high",))
    with pytest.raises(ValueError, match="'middle'"):
        primitive(tier="middle")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="already"):
        _registry_twice()


def _registry_twice() -> None:
    registry = _registry()
    registry.add(registry["shift"].function, ("high",))


def test_error_codes_are_a_closed_set() -> None:
    with pytest.raises(ValueError, match="oops"):
        PrimitiveError("oops", "x")
    assert {"not_found", "ambiguous", "unreachable", "collision", "grasp_missed", "slipped"} <= set(ERROR_CODES)


def test_the_library_has_the_documented_tiers() -> None:
    registry = default_registry()
    high = {p.name for p in registry.tier("high")}
    low = {p.name for p in registry.tier("low")}
    assert high >= {
        "detect", "find", "pick", "place_on", "place_in", "place_at", "move_to", "move_by", "go_home",
        "open_gripper", "close_gripper", "holding", "region", "say", "ask",
        "press", "pull_open", "push_shut", "turn", "push", "hang", "pour", "draw",
    }  # fmt: skip
    assert {
        "observe", "segment", "point_cloud", "oriented_box", "plan_grasp", "inverse_kinematics", "move_joints",
        "follow", "set_gripper", "say", "ask",
    } <= low  # fmt: skip
    assert not low & {"detect", "find", "pick", "place_on", "place_in", "place_at"}
    for item in registry:
        assert len(item.doc) > 40, item.name
        assert Region.__module__ not in item.stub, item.name
