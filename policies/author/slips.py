"""Mistakes that a writer of programs makes, as changes of a right program: for authors of known error rates."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

_T = TypeVar("_T")
_TARGETS = ("place_in", "place_on", "place_at", "region")
_COLORS = ("red", "green", "blue", "yellow", "orange", "purple", "pink", "cyan", "brown", "gray", "teal", "maroon")
_WHERE = ("top", "bottom", "left", "right")
_WRONG_BY = 0.08  # m


@dataclass(frozen=True)
class Slip:
    """One mistake. kind: a key of SLIPS. seed: fixes which of the places it hits."""

    kind: str
    seed: int


def written(program: str, slips: Sequence[Slip], primitives: Sequence[str], names: Sequence[str]) -> Written:
    """The program with these mistakes; those that find nothing to spoil are left out of the result.

    primitives: that it may call. names: of the things in view, which wrong names are taken from.
    """
    tree = ast.parse(program)
    made: dict[Slip, tuple[str, ...]] = {}
    for slip in sorted(slips, key=lambda s: list(SLIPS).index(s.kind)):
        spoiler = Spoiler(np.random.default_rng(slip.seed), primitives, names)
        marks = SLIPS[slip.kind](spoiler, tree)
        if marks is not None:
            made[slip] = marks
    return Written(ast.unparse(ast.fix_missing_locations(tree)) + "\n" if made else program, made)


@dataclass(frozen=True)
class Written:
    """A program, the mistakes that are in it, and for each the words by which a text would point at it."""

    program: str
    slips: dict[Slip, tuple[str, ...]]


class Spoiler:
    """Makes one mistake; each method changes a tree and gives the words that would point at it, None when it finds
    nothing to spoil."""

    def __init__(self, rng: np.random.Generator, primitives: Sequence[str], names: Sequence[str]) -> None:
        self._rng, self._primitives, self._names = rng, frozenset(primitives), list(names)

    def no_retry(self, tree: ast.Module) -> tuple[str, ...] | None:
        """What handles errors does not: every handler raises again, every retry is left out."""
        handlers = [n for n in ast.walk(tree) if isinstance(n, ast.ExceptHandler)]
        for handler in handlers:
            handler.body = [ast.Raise()]
        return ("slipped", "grasp_missed") if handlers else None

    def wrong_place(self, tree: ast.Module) -> tuple[str, ...] | None:
        """Something is put elsewhere: another thing, another side, or some centimetres off."""
        texts = [c for call in self._calls(tree, _TARGETS) for c in self._constants(call)]
        texts += [c for call in self._all_calls(tree) if self._hands_on(call) for c in self._constants(call)[1:]]
        texts = [c for c in texts if self._elsewhere(c.value)]
        if texts:
            hit = self._one_of(texts)
            was, hit.value = str(hit.value), self._one_of(self._elsewhere(hit.value))
            return (was, str(hit.value))
        numbers = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, float)]
        if not numbers:
            return None
        hit = self._one_of(numbers)
        assert isinstance(hit.value, float)
        hit.value = round(hit.value + float(self._rng.choice([-1, 1])) * _WRONG_BY, 3)
        return (repr(hit.value),)

    def wrong_name(self, tree: ast.Module) -> tuple[str, ...] | None:
        """Another thing is meant: half of the time one that is not there."""
        texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and n.value in self._names]
        if not texts:
            return None
        hit = self._one_of(texts)
        was = str(hit.value)
        kind = was.split()[-1]
        others = [n for n in self._names if n != was and n.split()[-1] == kind]
        absent = [f"{c} {kind}" for c in _COLORS if f"{c} {kind}" not in self._names]
        hit.value = self._one_of(others if others and self._rng.random() < 0.5 else absent)
        return (was, str(hit.value))

    def omitted(self, tree: ast.Module) -> tuple[str, ...] | None:
        """One step is forgotten: a statement that calls something."""
        steps = [s for s in tree.body if isinstance(s, (ast.Expr, ast.For)) and any(self._all_calls(s))]
        if len(steps) < 2:
            return None
        step = self._one_of(steps)
        tree.body.remove(step)
        return (*(str(c.value) for c in self._constants(step)), "not_holding")

    def misspelt(self, tree: ast.Module) -> tuple[str, ...] | None:
        """A primitive's name with one letter doubled or left out."""
        calls = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id in self._primitives]
        if not calls:
            return None
        hit = self._one_of(calls)
        at = int(self._rng.integers(1, len(hit.id)))
        doubled = self._rng.random() < 0.5
        hit.id = hit.id[:at] + (hit.id[at - 1 :] if doubled else hit.id[at + 1 :])
        return (hit.id,) if hit.id not in self._primitives else None

    def _one_of(self, things: Sequence[_T]) -> _T:
        return things[int(self._rng.integers(len(things)))]

    def _all_calls(self, tree: ast.AST) -> Iterator[ast.Call]:
        return (n for n in ast.walk(tree) if isinstance(n, ast.Call))

    def _calls(self, tree: ast.AST, names: Sequence[str]) -> list[ast.Call]:
        return [c for c in self._all_calls(tree) if isinstance(c.func, ast.Name) and c.func.id in names]

    def _hands_on(self, call: ast.Call) -> bool:
        """Whether a call hands on what puts things down: move("red block", place_in, "blue bowl")."""
        return any(isinstance(a, ast.Name) and a.id in _TARGETS for a in call.args)

    def _constants(self, tree: ast.AST) -> list[ast.Constant]:
        return [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]

    def _elsewhere(self, text: object) -> list[str]:
        """Other targets of the same sort as this one."""
        words = str(text).split()
        if any(w in _WHERE for w in words):
            swap = {"top": "bottom", "bottom": "top", "left": "right", "right": "left"}
            places = [k for k, word in enumerate(words) if word in swap]
            return [" ".join(swap[w] if i == k else w for i, w in enumerate(words)) for k in places]
        if text not in self._names:
            return []
        return [n for n in self._names if n != text and n.split()[-1] == words[-1]]


SLIPS: dict[str, Callable[[Spoiler, ast.Module], tuple[str, ...] | None]] = {
    "no_retry": Spoiler.no_retry,
    "wrong_place": Spoiler.wrong_place,
    "wrong_name": Spoiler.wrong_name,
    "omitted": Spoiler.omitted,
    "misspelt": Spoiler.misspelt,
}
"""Kinds of mistakes, in the order in which they are made."""
