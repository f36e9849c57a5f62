"""The check and the runner must agree on what a program finds defined and may import."""

from __future__ import annotations

import builtins

import pytest

from capra.policies.analysis.modules import KNOWN_MODULES, PACKAGES, importable
from capra.policies.analysis.name_rules import AT_HAND
from capra.policies.analysis.suggest import FORBIDDEN
from capra.policies.check import check
from capra.tests.support.stub_primitives import stub_registry

child = pytest.importorskip("capra.policies.runner.child", reason="the runner needs fork")
REGISTRY = stub_registry()


def test_both_allow_the_same_imports() -> None:
    assert set(PACKAGES) == set(child.IMPORTABLE)
    assert all(importable(name) for name in KNOWN_MODULES)


def test_a_name_passes_the_check_only_when_the_runner_defines_it() -> None:
    scope = child.make_scope(None, [p.name for p in REGISTRY], 1000)
    at_hand = {*scope, *scope["__builtins__"]} - {"__builtins__"}
    tried = {*at_hand, *vars(builtins), *AT_HAND, *FORBIDDEN, "sys", "os", "time"}
    for name in tried:
        codes = {p.code for p in check(f"x = {name}\ngo_home()", REGISTRY)}
        if name not in at_hand:
            assert codes == {"forbidden"} or codes == {"name"}, name
        elif name not in FORBIDDEN and not name.startswith("__") and name.isidentifier():
            assert codes <= {"syntax"}, name


def test_everything_that_the_runner_removes_is_explained() -> None:
    assert set(child.REMOVED) <= set(FORBIDDEN)
