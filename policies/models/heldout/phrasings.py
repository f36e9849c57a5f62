"""A second generator of instructions, with a grammar of its own, to measure how far the author's understanding of words goes.

It shares nothing with the corpus but the goal language and the table: other sentence frames, other verbs, other ways to
refer and to join, the benchmark's seen and unseen colours. Its frames were written without running the corpus; none of
them may be copied into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

_COLORS = ("blue", "red", "green", "orange", "yellow", "pink", "cyan", "brown", "gray", "purple")
_CORNERS = ("top left corner", "top right corner", "bottom left corner", "bottom right corner")
_SIDES = ("left side", "right side", "top side", "bottom side")


@dataclass(frozen=True)
class Case:
    """A scene, an instruction, what must hold afterwards (see corpus.goals), and the group that it counts in."""

    family: str
    scene: tuple[str, ...]
    instruction: str
    goals: str


class _Draw:
    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.colors = rng.sample(_COLORS, len(_COLORS))
        self.scene: list[str] = []

    def new(self, kind: str) -> str:
        name = f"{self.colors.pop()} {kind}"
        self.scene.append(name)
        return name

    def one(self, *frames: str) -> str:
        return self.rng.choice(frames)

    def case(self, family: str, words: str, goals: str, extra: tuple[str, ...] = ("block", "bowl")) -> Case:
        for kind in extra:
            if self.rng.random() < 0.5 and len(self.scene) < 7 and self.colors:
                self.new(kind)
        self.rng.shuffle(self.scene)
        words = self.one(words, words, words[0].upper() + words[1:], words + self.one(".", "!", " thx", " now"))
        return Case(family, tuple(self.scene), words, goals)


def _put(d: _Draw) -> Case:
    a, b = d.new("block"), d.new(d.one("bowl", "bowl", "tray", "zone"))
    words = d.one(
        f"deliver the {a} to the {b}", f"{a}: destination {b}", f"find a home for the {a}, namely the {b}",
        f"the {b} is missing the {a}; fix that", f"let the {a} rest in the {b}", f"relocate {a} -> {b}",
        f"i think the {a} would look nice in the {b}, put it there", f"have the {a} end its journey in the {b}",
        f"{b} <- {a}", f"we want to find the {a} in the {b} afterwards", f"introduce the {a} to the inside of the {b}",
        f"grip the {a}, travel to the {b}, release", f"the place of the {a} is the {b}", f"tuck the {a} into the {b}",
    )  # fmt: skip
    return d.case("put", words, f"in({a}, {b})")


def _on(d: _Draw) -> Case:
    a, b = d.new("block"), d.new("block")
    words = d.one(
        f"let the {a} stand upon the {b}", f"the {b} carries the {a}", f"crown the {b} with the {a}",
        f"make the {a} ride on the {b}", f"have the {b} support the {a}", f"the {a} wants to be above the {b}, stacked",
        f"mount the {a} on the {b}", f"balance the {a} on top of the {b}", f"two-block tower please, {b} below, {a} above",
    )  # fmt: skip
    return d.case("on", words, f"in({a}, {b})")


def _region(d: _Draw) -> Case:
    a, place = d.new("block"), d.one(*_CORNERS, *_SIDES, "middle")
    words = d.one(
        f"the {place} is where the {a} should live", f"send the {a} off to the {place}", f"{a} -> {place}",
        f"drag the {a} until it is at the {place}", f"have the {a} wait at the {place} of the table",
        f"banish the {a} to the {place}", f"reposition the {a} so that it occupies the {place}", f"{place}: {a}",
        f"could the {a} be parked at the {place}, please", f"guide the {a} towards the {place} and leave it there",
    )  # fmt: skip
    return d.case("region", words, f"at({a}, {place})", ("bowl", "block", "block"))


def _all_in(d: _Draw) -> Case:
    for _ in range(d.rng.choice((2, 3))):
        d.new("block")
    b = d.new("bowl")
    words = d.one(
        f"the {b} shall receive all blocks", f"blocks, all of them, in the {b}", f"empty the table of blocks into the {b}",
        f"no block may remain outside the {b}", f"collect every last block inside the {b}", f"pour all blocks into the {b}",
        f"use the {b} as the bin for the blocks", f"stash all of the blocks away in the {b}", f"all blocks -> {b}",
    )  # fmt: skip
    return d.case("all-in", words, f"in(block, {b})", ("bowl",))


def _all_at(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    place = d.one(*_SIDES, *_CORNERS)
    words = d.one(
        f"herd the blocks to the {place}", f"let all blocks assemble at the {place}", f"the blocks have to meet at the {place}",
        f"relocate every block to the {place} of the table", f"make the {place} the home of all blocks",
        f"all blocks -> {place}", f"get the blocks out of the way, to the {place}",
    )  # fmt: skip
    return d.case("all-at", words, f"at(block, {place})", ())


def _but(d: _Draw) -> Case:
    names = [d.new("block") for _ in range(3)]
    b, left = d.new("bowl"), names[0]
    color = left.split()[0]
    words = d.one(
        f"ignore the {color} block; the other blocks go in the {b}", f"with the exception of the {color} block, blocks go "
        f"in the {b}", f"don't touch the {left}, but put the remaining blocks in the {b}", f"blocks minus the {color} one "
        f"into the {b}", f"put the blocks in the {b}, only the {color} one stays where it is",
        f"leave the {left} alone and move the rest of the blocks to the {b}",
    )  # fmt: skip
    return d.case("exception", words, f"in(except(block, {left}), {b})", ("bowl",))


def _match(d: _Draw) -> Case:
    colors = [d.colors.pop() for _ in range(3)]
    d.scene += [f"{c} {k}" for c in colors for k in ("block", "bowl")]
    words = d.one(
        "every block has a bowl in its color, bring them together", "unite blocks and bowls that share a color",
        "color decides which bowl a block goes into", "the bowls want blocks of their own color",
        "arrange for each block to be in the like-colored bowl", "distribute the blocks among the bowls so that colors agree",
        "blocks and bowls: colors must agree", "same color, same place: blocks into bowls",
    )  # fmt: skip
    return d.case("match", words, "match(block, bowl)", ())


def _mismatch(d: _Draw) -> Case:
    colors = [d.colors.pop() for _ in range(3)]
    d.scene += [f"{c} {k}" for c in colors for k in ("block", "bowl")]
    words = d.one(
        "mix it up: each block into a bowl whose color it does not share", "block and bowl color must never agree, bowls only",
        "put the blocks into bowls of colors other than their own", "blocks go into mismatching bowls",
        "every block in a bowl, but the colors must clash",
    )  # fmt: skip
    return d.case("mismatch", words, "mismatch(block, bowl)", ())


def _tower(d: _Draw) -> Case:
    names = [d.new("block") for _ in range(d.rng.choice((3, 4)))]
    colors = [n.split()[0] for n in names]
    up = ", ".join(colors)
    words = d.one(
        f"tower, bottom up: {up}", f"begin with {colors[0]} and keep stacking: {', then '.join(colors[1:])}",
        f"make a stack whose layers from below are {up}", f"{colors[0]} carries {colors[1]}, which carries {colors[2]}"
        + (f", which carries {colors[3]}" if len(colors) > 3 else ""), f"stack the blocks so that reading from the bottom one "
        f"sees {up}", f"the tower's order, lowest first: {up}",
    )  # fmt: skip
    return d.case("tower", words, f"stack({', '.join(names)})", ("bowl",))


def _tower_any(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    words = d.one("build up as high as you can with the blocks", "one single tower, made of every block", "stack 'em all",
                  "turn the blocks into a tower", "i need all blocks stacked up", "put each block on another one until one "
                  "tower is left")  # fmt: skip
    return d.case("tower-any", words, "tower(block)", ("bowl",))


def _tower_at(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    place = d.one(*_CORNERS, *_SIDES)
    words = d.one(f"the {place} gets a tower of all blocks", f"erect a tower out of the blocks at the {place}",
                  f"stack everything that is a block at the {place}", f"a block tower in the {place}, please",
                  f"pile all of the blocks up on the {place}")  # fmt: skip
    return d.case("tower-at", words, f"tower(block, {place})", ())


def _offset(d: _Draw) -> Case:
    a, b = d.new("block"), d.new(d.one("bowl", "bowl", "block"))
    word, way = d.one("left", "left", "right"), ""
    way = word
    cm = d.one("8", "10", "12", "15") if b.endswith("block") else d.one("12", "15", "16")
    words = d.one(
        f"leave {cm} cm between the middles: {a} {word} of the {b}", f"{a}, {cm} cm {word} of {b}",
        f"have the {a} stand {cm} centimeters to the {word} of the {b}", f"seen from the {b}, the {a} should be {cm} cm to the "
        f"{word}",
    )  # fmt: skip
    return d.case("offset", words, f"offset({a}, {b}, {way}, {cm})", ("block",))


def _beside(d: _Draw) -> Case:
    a, b = d.new("block"), d.new("bowl")
    word, way = d.one(("left", "left"), ("right", "right"), ("behind", "top"))  # type: ignore[arg-type]
    phrase = "behind" if word == "behind" else f"to the {word} of"
    far = d.rng.choice(("just a little bit", "quite a lot", "a tiny bit", ""))
    band = {"just a little bit": "6, 14", "a tiny bit": "6, 14", "quite a lot": "14, 26", "": "4, 20"}[far]
    words = d.one(
        f"have the {a} stand {far} {phrase} the {b}", f"the {a} belongs {far} {phrase} the {b}",
        f"i'd place the {a} {far} {phrase} the {b}",
    )  # fmt: skip
    return d.case("beside", " ".join(words.split()), f"beside({a}, {way}, {b}, {band})", ("block",))


def _nearest(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    b = d.new("bowl")
    what, word = d.one(("closest", "shortest distance from"), ("farthest", "greatest distance from"))  # type: ignore[misc]
    near = "nearest" if what == "closest" else "farthest"
    place = d.one("left side", "right side", "top left corner", "bottom right corner")
    words = d.one(
        f"look for the block {near} to the {b} and bring it to the {place}", f"whichever block is {near} to the {b} goes to the "
        f"{place}", f"of all blocks take the one {near} to the {b}; it goes to the {place}",
        f"the block with the {word} the {b} should be at the {place}",
    )  # fmt: skip
    return d.case("nearest", words, f"at({what}(block, {b}), {place})", ())


def _nth(d: _Draw) -> Case:
    for _ in range(4):
        d.new("block")
    b = d.new("bowl")
    number, rank = d.one(("1", "first"), ("2", "second"), ("3", "third"))  # type: ignore[misc]
    side = d.one("left", "right", "top", "bottom")
    words = d.one(
        f"count blocks from the {side}; number {number} goes in the {b}", f"starting at the {side}, the {rank} block belongs in "
        f"the {b}", f"the {b} takes the {rank} block from the {side}", f"{rank} block, viewed from the {side}, into the {b}",
    )  # fmt: skip
    return d.case("nth", words, f"in(nth(block, {number}, {side}), {b})", ())


def _toward(d: _Draw) -> Case:
    for _ in range(2):
        d.new("block")
    b, other = d.new("bowl"), d.new("bowl")
    side = d.one("left", "right", "top", "bottom")
    words = d.one(f"there is a block {side} of the {b}, put it in the {other}", f"take whatever block you find to the {side} of the "
                  f"{b} and drop it in the {other}", f"the block on the {b}'s {side} goes into the {other}")  # fmt: skip
    return d.case("toward", words, f"in(toward(block, {side}, {b}), {other})", ())


def _row(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    shape = d.one("horizontal", "vertical", "diagonal")
    words = d.one(f"let the blocks form a {shape} line", f"a {shape} line made out of the blocks is what i want",
                  f"order the blocks {shape}ly in a line", f"i'd like to look at a {shape} row of blocks")  # fmt: skip
    return d.case("line", words, f"line(block, {shape})", ())


def _spread(d: _Draw) -> Case:
    for _ in range(3):
        d.new("block")
    words = d.one("no two blocks in the same corner, but all in corners", "every block shall have a corner for itself",
                  "send the blocks to different corners of the table", "blocks to corners, one each")  # fmt: skip
    return d.case("spread", words, "spread(block, corner)", ())


def _two(d: _Draw) -> Case:
    a, b, x, y = d.new("block"), d.new("block"), d.new("bowl"), d.new("bowl")
    words = d.one(
        f"two jobs: {a} in {x}, {b} in {y}", f"the {x} gets the {a} while the {y} gets the {b}",
        f"step one: {a} to the {x}. step two: {b} to the {y}", f"{a} and {b} go in {x} and {y}, respectively",
        f"as soon as the {a} is in the {x}, put the {b} in the {y}",
    )  # fmt: skip
    return d.case("two", words, f"in({a}, {x}); in({b}, {y})")


def _question(d: _Draw) -> Case:
    count = d.rng.choice((2, 3, 4))
    for _ in range(count):
        d.new("block")
    words = d.one("what number of blocks is lying on the table?", "tell me the block count", "blocks: how many?",
                  "do a count of the blocks for me")  # fmt: skip
    return d.case("count", words, rf"say(\b{count}\b); home(*)", ("bowl", "bowl"))


def _absent(d: _Draw) -> Case:
    d.new("block")
    b = d.new("bowl")
    missing = f"{d.colors.pop()} block"
    words = d.one(f"hunt down the {missing} and put it in the {b}", f"the {missing} shall go to the {b}",
                  f"{missing}: into the {b}", f"place the {missing} at the left side")  # fmt: skip
    return d.case("absent", words, "refuse")


def _impossible(d: _Draw) -> Case:
    a = d.new("block")
    words = d.one(f"shred the {a}", f"teach the {a} to sing", f"convert the {a} into a bowl", f"mail the {a} to my sister",
                  f"bury the {a} in the garden", f"double the size of the {a}", f"drill a hole through the {a}")  # fmt: skip
    return d.case("impossible", words, "refuse")


FAMILIES: tuple[Callable[[_Draw], Case], ...] = (
    _put, _on, _region, _all_in, _all_at, _but, _match, _mismatch, _tower, _tower_any, _tower_at, _offset, _beside, _nearest,
    _nth, _toward, _row, _spread, _two, _question, _absent, _impossible,
)  # fmt: skip


def cases(count: int, seed: int) -> list[Case]:
    """`count` cases, the families in turn; the same for the same seed."""
    return [FAMILIES[i % len(FAMILIES)](_Draw(Random(f"{seed} {i}"))) for i in range(count)]
