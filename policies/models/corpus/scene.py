"""A scene in the making: names that are drawn, what must not be added to it, and words to refer to its things."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from .vocabulary import (
    ALL_KINDS,
    OTHER_COLORS,
    OTHER_HOLDERS,
    OTHER_ITEMS,
    OTHER_SURFACES,
    SEEN_COLORS,
    SYNONYMS,
    invented,
    plural,
)
from .wording import article, say

_MOST = 9
_MOST_BULKY = 3


@dataclass(frozen=True)
class Sample:
    """One example: what is in view, what is asked, the program, and the goals that it must reach (see `goals`).

    failed: the error code of the attempt before this one, before: its program. earlier: the last command that was carried out. lexicon and
    answer: see `table.Table`.
    """

    family: str
    scene: tuple[str, ...]
    instruction: str
    program: str
    goals: str
    lexicon: dict[str, str] = field(default_factory=dict)
    answer: str = ""
    failed: str = ""
    earlier: str = ""
    before: str = ""


@dataclass
class Scene:
    """Names of things as they are drawn. `closed` kinds and colours get no further things."""

    rng: Random
    things: list[str] = field(default_factory=list)
    closed: set[str] = field(default_factory=set)
    lexicon: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        style = self.rng.random()
        self._colors = SEEN_COLORS if style < 0.45 else (*SEEN_COLORS, *OTHER_COLORS)
        self._used: set[str] = set()

    # --- drawing names ---

    def color(self, fresh: bool = True) -> str:
        """A colour, or an invented word for one; `fresh`: that no thing has yet."""
        if self.rng.random() < 0.05:
            color = invented(self.rng)
        else:
            free = [c for c in self._colors if not (fresh and c in self._used)]
            color = self.rng.choice(free or [*OTHER_COLORS])
        self._used.add(color)
        return color

    def item_kind(self) -> str:
        """A noun for something that is moved; mostly "block"."""
        roll = self.rng.random()
        if roll < 0.55:
            return "block"
        if roll < 0.70:
            return "cylinder"
        return self.rng.choice(OTHER_ITEMS).noun

    def holder_kind(self) -> str:
        """A noun for something that takes things in; mostly "bowl"."""
        roll = self.rng.random()
        if roll < 0.50:
            return "bowl"
        if roll < 0.66:
            return "tray"
        if roll < 0.80:
            return "zone"
        return self.rng.choice(OTHER_HOLDERS if roll < 0.92 else OTHER_SURFACES).noun

    def add(self, kind: str, color: str | None = None) -> str:
        name = f"{color or self.color()} {kind}"
        while name in self.things:
            name = f"{self.color()} {kind}"
        self.things.append(name)
        return name

    def several(self, kind: str, count: int) -> list[str]:
        return [self.add(kind) for _ in range(count)]

    def invent(self, meaning: str) -> str:
        """A word that this scene's table understands as `meaning`."""
        word = invented(self.rng)
        self.lexicon[word] = meaning
        return word

    def bystanders(self, most: int = 4) -> None:
        """Further things that leave the meaning of the instruction alone."""
        rng = self.rng
        kinds = [k for k in ("block", "block", "bowl", "bowl", "cylinder", "zone", "tray", "") if k not in self.closed]
        for _ in range(rng.choice((0, 0, 1, 1, 2, 2, 3, 4)[: most + 4])):
            kind = rng.choice(kinds) or rng.choice((*OTHER_ITEMS, *OTHER_HOLDERS)).noun
            # Often of the colour of another thing, so that the noun has to tell them apart.
            mate = rng.choice(self.things).split()[0] if self.things and rng.random() < 0.5 else ""
            name = f"{mate or self.color()} {kind}"
            bulky = sum(ALL_KINDS[n.split()[-1]].role != "item" for n in self.things)
            taken = name in self.things or kind in self.closed or name.split()[0] in self.closed
            if taken or len(self.things) >= _MOST or (ALL_KINDS[kind].role != "item" and bulky >= _MOST_BULKY):
                continue
            self.things.append(name)

    def shuffled(self) -> tuple[str, ...]:
        self.rng.shuffle(self.things)
        return tuple(self.things)

    # --- words for them ---

    def refer(self, name: str, plain: bool = False) -> str:
        """Words for "red block": mostly the name itself, at times a synonym, the colour or the noun alone."""
        rng = self.rng
        color, kind = name.split(" ")
        roll = rng.random()
        if not plain and roll < 0.07 and not self._shares(name, color):
            self.closed.add(color)
            plainly = (f"the {color} one", f"the {color} one", color, f"{color} one", f"the {color} thing")
            return say(rng, *plainly, group="something", share=0.4, C=color)
        if not plain and roll < (0.13 if ALL_KINDS[kind].role == "item" else 0.22) and not self._shares(name, kind):
            self.closed.add(kind)
            return rng.choice(("the ", "the ", "the ", "", "that ")) + self.noun(kind)
        if not plain and roll < 0.26:
            plainly = (f"the {kind} that is {color}", f"the {kind} in {color}", f"the {color}-colored {kind}")
            return say(rng, *plainly, group="refer", share=0.7, C=color, K=self.noun(kind))
        words = f"{color} {kind if plain else self.noun(kind)}"
        start = rng.choices(("the ", "", "a ", "that ", "this ", "my "), (70, 20, 4, 2, 2, 1))[0]
        return article(words) if start == "a " else start + words

    def noun(self, kind: str, several: bool = False) -> str:
        words = SYNONYMS.get(kind, ())
        # A synonym must not be what another thing of the scene is called.
        words = tuple(w for w in words if all(w != t.split()[-1] for t in self.things))
        word = self.rng.choice(words) if words and self.rng.random() < 0.22 else kind
        if word != kind:
            self.closed.add(word)
        return plural(word) if several else word

    def _shares(self, name: str, word: str) -> bool:
        return any(word in t.split() for t in self.things if t != name)
