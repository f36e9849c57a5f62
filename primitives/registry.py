"""The `@primitive` decorator and the registry: signature and docstring are what the author reads, what the checker
checks against, and what the docs show."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from ..robots.protocols import Gripper
from .arguments import check_arguments
from .errors import PrimitiveError

Tier = Literal["high", "low"]
TIERS: tuple[Tier, ...] = ("high", "low")
GRIPPERS: tuple[Gripper, ...] = typing.get_args(Gripper)
HOLDING: tuple[Gripper, ...] = ("jaw", "suction")  # the end effectors that can hold something


@dataclass(frozen=True)
class Primitive:
    """A function that a policy program may call.

    `function` takes the Context first; `signature` is the program's view, without it. `tiers` are the abstraction
    tiers whose programs may call it; `grippers` the end effectors that can do it.
    """

    name: str
    tiers: tuple[Tier, ...]
    function: Callable[..., Any]
    signature: inspect.Signature
    doc: str
    hints: Mapping[str, Any]
    grippers: tuple[Gripper, ...] = GRIPPERS

    @property
    def summary(self) -> str:
        """First sentence of the docstring."""
        return self.doc.split("\n", 1)[0]

    @property
    def stub(self) -> str:
        """`def name(args) -> type: ...` as a program sees it."""
        shown = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", str(self.signature))
        shown = re.sub(r"(: |-> )'([^']*)'", r"\1\2", shown)  # annotations kept as text; defaults keep their quotes
        return f"def {self.name}{shown}: ..."

    def call(self, context: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Bind and run. PrimitiveError('invalid_argument') when the arguments do not fit the signature."""
        try:
            bound = self.signature.bind(*args, **kwargs)
        except TypeError as error:
            raise PrimitiveError("invalid_argument", f"{self.name}{self.signature}: {error}") from None
        check_arguments(self.name, bound.arguments, self.hints)
        return self.function(context, *bound.args, **bound.kwargs)


class Registry:
    """An ordered set of primitives by name.

    dialect: "" for Capra's own, else the name of the family of programs that it serves. modules: what such programs
    import from and that holds whatever is at hand. helpers: what they find at hand besides the primitives, and what
    runs within the confined program. Primitives whose name begins with "_" serve the helpers: no program calls them.
    """

    def __init__(self, dialect: str = "", modules: tuple[str, ...] = ()) -> None:
        self._primitives: dict[str, Primitive] = {}
        self.dialect, self.modules = dialect, modules
        self.helpers: Mapping[str, Any] = {}

    def add(
        self, function: Callable[..., Any], tiers: tuple[Tier, ...], grippers: tuple[Gripper, ...] = GRIPPERS
    ) -> Primitive:
        name = function.__name__
        doc = inspect.getdoc(function)
        if not doc:
            raise TypeError(f"primitive {name!r} has no docstring: it is what the author reads")
        if name in self._primitives:
            raise ValueError(f"there is already a primitive named {name!r}")
        full = inspect.signature(function)
        names = list(full.parameters)
        if not names:
            raise TypeError(f"primitive {name!r} must take the Context as its first parameter")
        hints = typing.get_type_hints(function)
        hints.pop(names[0], None)
        for parameter in (*names[1:], "return"):
            if parameter not in hints:
                raise TypeError(f"primitive {name!r}: {parameter!r} has no type annotation")
        signature = full.replace(parameters=[full.parameters[n] for n in names[1:]])
        primitive = Primitive(name, tiers, function, signature, doc, hints, grippers)
        self._primitives[name] = primitive
        return primitive

    def __getitem__(self, name: str) -> Primitive:
        return self._primitives[name]

    def __contains__(self, name: object) -> bool:
        return name in self._primitives

    def __iter__(self) -> Iterator[Primitive]:
        return iter(self._primitives.values())

    def __len__(self) -> int:
        return len(self._primitives)

    def tier(self, tier: Tier) -> Registry:
        """The primitives that a program of this tier may call."""
        return self.part(lambda p: tier in p.tiers)

    def fitting(self, gripper: Gripper) -> Registry:
        """The primitives that an arm with this end effector can do."""
        return self.part(lambda p: gripper in p.grippers)

    def without(self, *names: str) -> Registry:
        """All but the primitives of these names."""
        return self.part(lambda p: p.name not in names)

    def joined(self, more: Registry) -> Registry:
        """These primitives and those of another registry. ValueError when both have one of the same name."""
        both = [name for name in more._primitives if name in self._primitives]
        if both:
            raise ValueError(f"there is already a primitive named {both[0]!r}")
        out = self.part(lambda p: True)
        out._primitives.update(more._primitives)
        return out

    def part(self, wanted: Callable[[Primitive], bool]) -> Registry:
        """The primitives that are wanted."""
        out = Registry(self.dialect, self.modules)
        out._primitives = {n: p for n, p in self._primitives.items() if wanted(p)}
        out.helpers = self.helpers
        return out


REGISTRY = Registry()
_collecting: list[Registry] = []


@contextmanager
def collecting(into: Registry) -> Iterator[None]:
    """Within the block, `@primitive` without a registry of its own adds to this one."""
    _collecting.append(into)
    try:
        yield
    finally:
        _collecting.pop()


def primitive(
    tier: Tier | tuple[Tier, ...] = "high",
    registry: Registry | None = None,
    gripper: tuple[Gripper, ...] = GRIPPERS,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as a primitive. Its first parameter is the Context and is not part of the program's view.

    gripper: the end effectors that can do it; programs for other arms do not see it.
    """
    tiers = (tier,) if isinstance(tier, str) else tuple(tier)
    for t in tiers:
        if t not in TIERS:
            raise ValueError(f"unknown tier {t!r}; valid: {', '.join(TIERS)}")

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        default = _collecting[-1] if _collecting else REGISTRY
        (default if registry is None else registry).add(function, tiers, gripper)
        return function

    return decorate


def default_registry() -> Registry:
    """The library that ships with Capra."""
    from . import (  # noqa: F401 - importing registers
        articulation,
        describing,
        dragging,
        drawing,
        formations,
        geometry,
        hanging,
        inserting,
        lowlevel,
        motion,
        perceive,
        picking,
        pouring,
        pushing,
        rubbing,
        setting_down,
        speech,
        suction,
        sweeping,
        two_arms,
    )

    return REGISTRY
