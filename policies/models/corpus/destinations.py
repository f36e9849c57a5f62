"""Where commands move things to: into or onto another, to a part of the table, or to a point beside something."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .scene import Scene
from .subjects import Subject, side_phrase
from .vocabulary import ALL_KINDS, KINDS, PLACE_WORDS, SEEN_PLACES
from .wording import expand, say


@dataclass(frozen=True)
class Destination:
    """Where it goes. words: with the preposition. call: the placing call. goal: a function from the subject's goal
    name to the goal. bare: the words without the preposition, and the groups of frames that take these."""

    words: str
    call: str
    goal: Callable[[str], str]
    many: bool = True
    bare: str = ""
    group: str = ""


def into(scene: Scene, kind: str | None = None, stacking: bool = True) -> Destination:
    """In or on a thing that is named."""
    rng = scene.rng
    if kind is None:
        kind = scene.item_kind() if stacking and rng.random() < 0.22 else scene.holder_kind()
    name = scene.add(kind)
    preposition, call = preposition_for(kind, rng)
    bare, item = scene.refer(name), ALL_KINDS[kind].role == "item"
    words = f"{preposition} {bare}"
    if rng.random() < 0.03 and not item:
        words = rng.choice((f"to {bare}", f"over to {bare}"))
        call = "place_in"
    group = "on-top" if item else "fill"
    return Destination(words, f'{call}("{name}")', lambda who: f"in({who}, {name})", not item, bare, group)


def preposition_for(kind: str, rng: Random) -> tuple[str, str]:
    """Words such as "into" and the primitive that does it. Of the built-in kinds, the kind decides, else the word."""
    role = ALL_KINDS[kind].role
    inside = "(in|in|into|inside|within|in the middle of)"
    on = "(on|on|on|onto|on top of|upon|atop|over)"
    if role == "bowl" and kind in KINDS:
        return expand(f"({inside}|{inside}|{inside}|on|onto)", rng), "place_in"
    if role in ("tray", "zone") and kind in KINDS:
        return expand(f"({inside}|on|on|onto|upon)", rng), "place_in"
    if role == "item":
        return expand(on, rng), "place_on"
    if role == "bowl":
        return expand(inside, rng), "place_in"
    return expand(on, rng), "place_on"


def region(scene: Scene, many: bool = False) -> Destination:
    """A part of the table."""
    rng = scene.rng
    if rng.random() < 0.12:
        meaning = rng.choice(("left", "top", "bottom", "right"))
        word = scene.invent(meaning)
        place, name = f"{word} side", f"{meaning} side"
        if meaning in ("left", "top") and rng.random() < 0.3:
            other = scene.invent("top" if meaning == "left" else "left")
            place, name = f"{word} {other} corner", "top left corner"
    else:
        name = rng.choice([p for p in SEEN_PLACES if not (many and p == "middle")])
        place = rng.choice(PLACE_WORDS[name])
    preposition = rng.choice(("on the", "on the", "on the", "to the", "in the", "in the", "at the", "into the", "onto the",
                              "over to the", "over at the"))  # fmt: skip
    words = f"{preposition} {place}"
    if "table" not in place and place.endswith(("side", "corner", "edge", "part")) and rng.random() < 0.18:
        words += " of the table"
    return Destination(words, f'place_at("{place}")', lambda who: f"at({who}, {name})", bare=place, group="to-place")


_CM = (3, 5, 5, 6, 7, 8, 9, 10, 10, 12, 13, 14, 15, 16, 18, 20)
_NUMBERS = {5: "five", 10: "ten", 8: "eight", 15: "fifteen", 20: "twenty", 6: "six", 12: "twelve", 7: "seven"}
_LITTLE = ("a little", "a little", "a little", "a bit", "a bit", "slightly", "a tad", "a touch", "a little bit")


def how_far(scene: Scene, least: int = 3, most: int = 20) -> tuple[str, str, int]:
    """Words for a distance as a program passes them, the same as they are said, and cm."""
    rng = scene.rng
    cm = rng.choice([c for c in _CM if least <= c <= most])
    roll = rng.random()
    if roll < 0.55:
        words = expand(f"{cm} (cm|cm|cm|centimeters|centimetres)", rng)
    elif roll < 0.65:
        words = f"{cm}cm"
    elif roll < 0.75 and cm in _NUMBERS:
        words = expand(f"{_NUMBERS[cm]} (cm|centimeters|centimetres)", rng)
    elif roll < 0.82:
        words = expand(f"{cm * 10} (mm|millimeters)", rng)
    else:
        words = expand(f"{cm} (cm|centimeters)", rng)
    return words, words, cm


def beside(scene: Scene) -> Destination:
    """Some way to one side of a thing: near it, a little, or a distance that is said."""
    rng = scene.rng
    kind = (
        rng.choice(("block", "cylinder", "bowl", "bowl", "tray", "zone")) if rng.random() < 0.7 else scene.item_kind()
    )
    anchor = scene.add(kind)
    where = scene.refer(anchor)
    phrase, word, way = side_phrase(scene)
    roll = rng.random()
    if 0.30 <= roll < 0.68 and kind == "bowl":
        roll = (
            rng.random() * 0.30 if rng.random() < 0.5 else 0.7
        )  # how far from a bowl is said in cm only: see vocabulary
    if roll < 0.30:
        words = f"{phrase} {where}" if rng.random() < 0.75 else f"next to {where}, {phrase} it"
        return Destination(words, f'place_at(beside("{anchor}", "{word}"))',
                           lambda who: f"beside({who}, {way}, {anchor}, 4, 20)", False)  # fmt: skip
    if roll < 0.68:
        meaning = "a little"
        said = rng.choice(_LITTLE)
        if rng.random() < 0.6:
            meaning = rng.choice(("a little", "a lot"))
            word_far = scene.invent(meaning.removeprefix("a "))
            said = rng.choice((f"a {word_far}", f"a {word_far}", word_far))
        band = "6, 14" if meaning == "a little" else "14, 26"
        words = say(rng, "<M> <V> <Y>", group="little", M=said, V=phrase, Y=where)
        return Destination(words, f'place_at(beside("{anchor}", "{word}", "{said}"))',
                           lambda who: f"beside({who}, {way}, {anchor}, {band})", False)  # fmt: skip
    least = {"block": 6, "cylinder": 6, "tray": 13, "zone": 6}.get(kind, 11 if ALL_KINDS[kind].role == "bowl" else 6)
    said, passed, cm = how_far(scene, least)
    words = say(
        rng, "<F> <V> <Y>", "<F> <V> <Y>", "<V> <Y>(, at| at|,| with) (a distance of |)<F>",
        "<V> <Y>, <F> (away|apart|off)", group="offset", F=said, V=phrase, Y=where,
    )  # fmt: skip
    return Destination(words, f'place_at(beside("{anchor}", "{word}", "{passed}"))',
                       lambda who: f"offset({who}, {anchor}, {way}, {cm})", False)  # fmt: skip


def between(scene: Scene) -> Destination:
    rng = scene.rng
    kind = rng.choice(("block", "bowl", "bowl", "tray", "cylinder")) if rng.random() < 0.7 else scene.item_kind()
    first = scene.add(kind)
    second = scene.add(kind if rng.random() < 0.6 else scene.holder_kind())
    middle = expand(
        "(between|between|in between|halfway between|midway between|exactly between|in the middle between)", rng
    )
    pair = f"{scene.refer(first)} and {scene.refer(second)}"
    if first.split()[1] == second.split()[1] and rng.random() < 0.25:
        scene.closed.add(first.split()[1])
        both = f"{rng.choice(('the two', 'both', 'the'))} {scene.noun(first.split()[1], several=True)}"
        return Destination(f"{middle} {both}", f'place_at(between("{first}", "{second}"))',
                           lambda who: f"between({who}, {first}, {second})", False)  # fmt: skip
    if first.split()[1] == second.split()[1] and rng.random() < 0.3:
        colors = (first.split()[0], second.split()[0])
        pair = f"the {colors[0]} and {'the ' if rng.random() < 0.5 else ''}{colors[1]} {scene.noun(kind, several=rng.random() < 0.5)}"
    words = f"{middle} {pair}"
    if rng.random() < 0.4:
        words = say(rng, group="between", A=scene.refer(first), B=scene.refer(second))
    return Destination(words, f'place_at(between("{first}", "{second}"))',
                       lambda who: f"between({who}, {first}, {second})", False)  # fmt: skip


def nearest_place(scene: Scene) -> Destination:
    """The side of the table, or the holder, that is closest to something."""
    rng = scene.rng
    anchor = scene.add(rng.choice(("tray", "cylinder", "bowl", "block")) if rng.random() < 0.75 else scene.item_kind())
    kind = rng.choice(("side", "side", "side", "bowl", "zone", "tray", scene.holder_kind()))
    if anchor.endswith(f" {kind}"):
        kind = "side"
    # Which part of the table is meant may be said by a word that nobody knows, but not of bowls: see vocabulary.
    part = kind
    if kind == "side" and not anchor.endswith(" bowl") and rng.random() < 0.4:
        part = rng.choice(("side", "corner"))
    if kind != "side":
        scene.several(kind, 2 if kind == "tray" else rng.choice((2, 3)))
        scene.closed.add(kind)
    where, what = scene.refer(anchor), rng.choice(("closest", "farthest"))
    if what == "closest" and rng.random() < 0.65:
        word = rng.choice(("closest", "closest", "nearest"))
    else:
        word = scene.invent(what) + rng.choice(("", "est", "est"))
        scene.lexicon[word] = what
    preposition = (
        rng.choice(("in", "in", "on", "on", "into", "at", "onto")) if kind != "bowl" else rng.choice(("in", "into"))
    )
    noun = scene.noun(kind) if kind != "side" else "side"
    if kind == "side" and (part == "corner" or rng.random() < 0.1):
        kind = noun = scene.invent(part)
    words = expand(
        rng.choice((f"{preposition} the {noun} {word} to {where}", f"{preposition} the {noun} {word} to {where}",
                    f"{preposition} the {noun} (that is|which is|lying) {word} to {where}")), rng
    )  # fmt: skip
    call = f'place_in(choose("{kind}", "{word}", "{anchor}"))'
    goal = (lambda who: f"at({who}, {what}({part}, {anchor}))") if part in ("side", "corner") else (
        lambda who: f"in({who}, {what}({kind}, {anchor}))"
    )  # fmt: skip
    return Destination(words, call, goal, kind == "bowl")


def nearest_to_it(scene: Scene, subject: Subject) -> tuple[str, str, str]:
    """The holder that is closest to what is moved: words, the expression and how goals call it."""
    rng = scene.rng
    kind = rng.choice(("bowl", "bowl", "tray", "zone", "bowl"))
    scene.several(kind, 2 if kind == "tray" else rng.choice((2, 3)))
    scene.closed.add(kind)
    word = rng.choice(("nearest", "closest", "nearest"))
    words = expand(
        f"(in|into|to|onto) (the {word} {scene.noun(kind)}|whichever {scene.noun(kind)} is {word}|the {scene.noun(kind)} "
        f"(that is |){word} to it|its {word} {scene.noun(kind)})", rng
    )  # fmt: skip
    return words, f'choose("{kind}", "{word}", {subject.code})', f"closest({kind}, {subject.goal})"


ONE_GOES = ((into, 42), (region, 26), (beside, 18), (between, 5), (nearest_place, 12))
MANY_GO = ((into, 55), (region, 45))


def draw_destination(scene: Scene, options: tuple[tuple[Callable[[Scene], Destination], float], ...]) -> Destination:
    makers = [m for m, _ in options]
    return scene.rng.choices(makers, [w for _, w in options])[0](scene)


def goals_for(subject: Subject, destination: Destination) -> str:
    return "; ".join(destination.goal(name) for name in subject.goal.split("|"))


def command(subject: Subject, destination: Destination) -> str:
    """The program that brings the subject to the destination."""
    if not subject.many:
        return f"pick({subject.code})\n{destination.call}"
    deep = "\n        " if "    if " in subject.code else "\n    "
    return subject.code.format(body=f"pick(thing){deep}{destination.call}")
