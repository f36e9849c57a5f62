"""The parts that commands are made of: what is moved (one thing or several) and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from .scene import Scene
from .vocabulary import ALL_KINDS, KINDS, OTHER_RANKS, PLACE_WORDS, SEEN_PLACES, SEEN_RANKS
from .wording import expand, listing


@dataclass(frozen=True)
class Subject:
    """What is moved. words: in the instruction. code: the expression of one thing, or the loop over several with
    `{body}` in its place. goal: how goals call it. kind: its noun, "" for mixed."""

    words: str
    code: str
    goal: str
    kind: str
    many: bool = False


@dataclass(frozen=True)
class Destination:
    """Where it goes. words: with the preposition. call: the placing call. goal: a function from the subject's goal
    name to the goal."""

    words: str
    call: str
    goal: Callable[[str], str]
    many: bool = True


def quoted(names: list[str]) -> str:
    return "[" + ", ".join(f'"{n}"' for n in names) + "]"


# --- what is moved ---


def named(scene: Scene, kind: str | None = None) -> Subject:
    name = scene.add(kind or scene.item_kind())
    return Subject(scene.refer(name), f'"{name}"', name, name.split()[1])


def nearest(scene: Scene, kind: str | None = None) -> Subject:
    """The one of several that is closest to something: a seen word, or an invented one for either end."""
    rng = scene.rng
    kind = kind or scene.item_kind()
    scene.several(kind, rng.choice((2, 3, 3)))
    anchor = scene.add(scene.holder_kind() if rng.random() < 0.7 else scene.item_kind())
    if anchor.endswith(f" {kind}"):
        anchor = scene.add("bowl")
    scene.closed.add(kind)
    noun = scene.noun(kind)
    where, what = scene.refer(anchor), rng.choice(("closest", "farthest"))
    if what == "closest" and rng.random() < 0.65:
        word = rng.choice(("closest", "closest", "closest", "nearest", "nearest"))
    else:
        word = scene.invent(what) + rng.choice(("", "est", "est"))
        scene.lexicon[word] = what
    words = expand(
        rng.choice((
            f"the {noun} {word} to {where}", f"the {noun} {word} to {where}", f"the {noun} (that is|which is|that's|lying"
            f") {word} to {where}", f"the {word} {noun} to {where}", f"the {noun} which lies {word} to {where}",
        )), rng
    )  # fmt: skip
    return Subject(words, f'choose("{kind}", "{word}", "{anchor}")', f"{what}({kind}, {anchor})", kind)


_SIDE_WORDS = {
    "left": ("left", "left", "left", "west"),
    "top": ("top", "top", "top", "back", "north", "upper"),
}


def side_word(scene: Scene) -> tuple[str, str]:
    """A word for a direction and what it means: seen ones, or an invented word for any."""
    if scene.rng.random() < 0.25:
        way = scene.rng.choice(("left", "right", "top", "bottom"))
        return scene.invent(way), way
    way = scene.rng.choice(("left", "top"))
    return scene.rng.choice(_SIDE_WORDS[way]), way


def ranked(scene: Scene, kind: str | None = None) -> Subject:
    """The n-th of several, counted from a side."""
    rng = scene.rng
    kind = kind or scene.item_kind()
    count = rng.choice((3, 4, 4, 5))
    word, way = side_word(scene)
    rank = rng.choice((*SEEN_RANKS, *SEEN_RANKS, *SEEN_RANKS, *OTHER_RANKS))
    number = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "fifth": 5, "5th": 5, "sixth": 6, "6th": 6, "seventh": 7,
              "last": -1}[
        rank
    ]
    if rng.random() < 0.2:
        number = rng.choice((1, 2, 3))
        rank = scene.invent(("first", "second", "third")[number - 1])
    scene.several(kind, max(count, number))
    scene.closed.add(kind)
    noun = scene.noun(kind)
    words = expand(
        rng.choice((
            f"the {rank} {noun} from the {word}", f"the {rank} {noun} from the {word}", f"{rank} {noun} from the {word}",
            f"the {rank} {noun} (counted|counting|seen|starting) from the {word}", f"the {rank} {noun} from {word}",
            f"from the {word} the {rank} {noun}", f"the {rank} {noun} on the {word}", f"{noun} number {number} from the "
            f"{word}" if number > 0 else f"the {rank} {noun} from the {word}",
        )), rng
    )  # fmt: skip
    if "number" in words and not any(n in words.split() for n in ("3", "4")):
        rank = str(number)
    elif "number" in words:
        words = f"the {rank} {noun} from the {word}"
    return Subject(words, f'choose("{kind}", "{rank}", "{word}")', f"nth({kind}, {number}, {way})", kind)


def outermost(scene: Scene) -> Subject:
    """The leftmost, or the one that lies farthest in a seen direction."""
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, rng.choice((2, 3, 4)))
    scene.closed.add(kind)
    noun = scene.noun(kind)
    word, way = rng.choice((("leftmost", "left"), ("left-most", "left"), ("topmost", "top"), ("uppermost", "top")))
    words = rng.choice((f"the {word} {noun}", f"the {word} {noun}", f"{word} {noun}", f"the {noun} that is {word}"))
    return Subject(words, f'choose("{kind}", "first", "{way}")', f"nth({kind}, 1, {way})", kind)


def toward(scene: Scene, kind: str | None = None) -> Subject:
    """The one to one side of something."""
    rng = scene.rng
    kind = kind or scene.item_kind()
    scene.several(kind, rng.choice((1, 2, 3)))
    anchor = scene.add(scene.holder_kind() if kind != "bowl" else "tray")
    scene.closed.add(kind)
    noun, where = scene.noun(kind), scene.refer(anchor)
    phrase, word, way = side_phrase(scene)
    words = expand(
        rng.choice((f"the {noun} {phrase} {where}", f"the {noun} {phrase} {where}", f"the {noun} (that is|which is|lying|"
                    f"that lies|that's) {phrase} {where}")), rng
    )  # fmt: skip
    return Subject(words, f'choose("{kind}", "{word}", "{anchor}")', f"toward({kind}, {way}, {anchor})", kind)


def side_phrase(scene: Scene) -> tuple[str, str, str]:
    """ "to the left of": the phrase, the word of it that says the way, and the way."""
    rng = scene.rng
    if rng.random() < 0.22:
        phrase, way = rng.choice((("behind", "top"), ("behind", "top"), ("in front of", "bottom"), ("above", "top"),
                                  ("beyond", "top")))  # fmt: skip
        return phrase, phrase, way
    word, way = side_word(scene)
    shapes = ("to the {}", "to the {}", "to the {}", "to the {}", "on the {}", "{}", "on the {} side", "at the {}")
    phrase = rng.choice(shapes).format(word)
    return phrase + " of", word, way


def everything(scene: Scene) -> Subject:
    """All things of a kind."""
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, rng.choice((2, 3, 3, 4)))
    scene.closed.add(kind)
    words = all_of(scene, kind)
    return Subject(words, f'for thing in detect("{kind}"):\n    {{body}}', kind, kind, many=True)


def all_of(scene: Scene, kind: str) -> str:
    noun, one = scene.noun(kind, several=True), scene.noun(kind)
    return expand(
        scene.rng.choice((
            f"all the {noun}", f"all the {noun}", f"the {noun}", f"the {noun}", f"all {noun}", f"every {one}",
            f"(each|every single) {one}", f"all of the {noun}", f"(all these|these) {noun}", f"each of the {noun}",
            f"(whatever|any|every) {one} (you see|there is|you can find|you find|is on the table)", f"{noun}",
            f"the {noun} (on the table|here|that you see|)",
        )), scene.rng
    )  # fmt: skip


def of_color(scene: Scene) -> Subject:
    """All things of one colour, among others; or of one kind and colour."""
    rng = scene.rng
    kind, color = scene.item_kind(), scene.color()
    for _ in range(rng.choice((2, 2, 3))):
        scene.things.append(f"{color} {kind}")
    scene.several(kind, rng.choice((1, 2)))
    scene.closed |= {color, kind}
    noun = scene.noun(kind, several=True)
    words = expand(
        rng.choice((f"all the {color} {noun}", f"the {color} {noun}", f"all {color} {noun}", f"every {color} {kind}",
                    f"the {color} ones", f"everything {color}", f"all {color} things", f"each {color} {kind}",
                    f"all the {noun} that are {color}")), rng
    )  # fmt: skip
    return Subject(words, f'for thing in detect("{color} {kind}"):\n    {{body}}', f"{color} {kind}", kind, many=True)


def all_but(scene: Scene) -> Subject:
    """All things of a kind except one or two, or those that are not of a colour."""
    rng = scene.rng
    kind = scene.item_kind()
    names = scene.several(kind, rng.choice((3, 3, 4)))
    scene.closed.add(kind)
    left = names[: 1 if len(names) == 3 or rng.random() < 0.75 else 2]
    colors = [n.split()[0] for n in left]
    noun = scene.noun(kind, several=True)
    if len(left) == 1:
        rest = rng.choice((f"the {colors[0]} one", f"the {colors[0]} {kind}", colors[0], f"the {colors[0]} one"))
        test = f'thing.color != "{colors[0]}"'
    else:
        rest = f"the {colors[0]} and the {colors[1]} one" if rng.random() < 0.5 else f"{colors[0]} and {colors[1]}"
        test = f"thing.color not in {quoted(colors)}"
    but = expand("(except|except|but|but not|except for|apart from|other than|besides|without|excluding|save)", rng)
    negated = rng.random() < 0.25
    words = rng.choice((f"all the {noun} {but} {rest}", f"all {noun} {but} {rest}", f"every {kind} {but} {rest}",
                        f"the {noun}, {but} {rest}," if but != "but" else f"all the {noun} but {rest}",
                        f"the {noun} {but} {rest}"))  # fmt: skip
    if negated and len(left) == 1:
        words = expand(
            rng.choice((f"all {noun} that (are not|aren't) {colors[0]}", f"every {kind} (that is not|that isn't) "
                        f"{colors[0]}", f"the {noun} (which are not|that are not) {colors[0]}", f"the non-{colors[0]} "
                        f"{noun}", f"(whatever|any) {kind} is not {colors[0]}", f"the other {noun}, not the "
                        f"{colors[0]} one")), rng
        )  # fmt: skip
    code = f'for thing in detect("{kind}"):\n    if {test}:\n        {{body}}'
    return Subject(words, code, f"except({kind}, {', '.join(left)})", kind, many=True)


def listed(scene: Scene) -> Subject:
    """Two or three named things."""
    rng = scene.rng
    kind = scene.item_kind()
    names = scene.several(kind, rng.choice((2, 2, 3)))
    if rng.random() < 0.25:
        names[-1:] = [scene.add(scene.item_kind())]
    same = len({n.split()[1] for n in names}) == 1
    colors = [n.split()[0] for n in names]
    if same and rng.random() < 0.4:
        words = f"the {listing(colors, rng)} {scene.noun(kind, several=rng.random() < 0.8)}"
    else:
        words = listing([scene.refer(n) for n in names], rng)
        if rng.random() < 0.15 and len(names) == 2:
            words = f"both {words}"
    code = f"for thing in {quoted(names)}:\n    {{body}}"
    return Subject(words, code, "|".join(names), kind if same else "", many=True)


SINGLE = ((named, 50), (nearest, 15), (ranked, 15), (toward, 14), (outermost, 6))
SEVERAL = ((everything, 45), (of_color, 15), (all_but, 22), (listed, 18))


def draw(scene: Scene, options: tuple[tuple[Callable[[Scene], Subject], float], ...]) -> Subject:
    makers = [m for m, _ in options]
    return scene.rng.choices(makers, [w for _, w in options])[0](scene)


# --- where it goes ---


def into(scene: Scene, kind: str | None = None, stacking: bool = True) -> Destination:
    """In or on a thing that is named."""
    rng = scene.rng
    if kind is None:
        kind = scene.item_kind() if stacking and rng.random() < 0.22 else scene.holder_kind()
    name = scene.add(kind)
    preposition, call = preposition_for(kind, rng)
    words = f"{preposition} {scene.refer(name)}"
    if rng.random() < 0.03 and ALL_KINDS[kind].role != "item":
        words = rng.choice((f"to {scene.refer(name)}", f"over to {scene.refer(name)}"))
        call = "place_in"
    return Destination(words, f'{call}("{name}")', lambda who: f"in({who}, {name})", ALL_KINDS[kind].role != "item")


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
    return Destination(words, f'place_at("{place}")', lambda who: f"at({who}, {name})")


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
    kind = rng.choice(("block", "cylinder", "bowl", "bowl", "tray", "zone")) if rng.random() < 0.7 else scene.item_kind()
    anchor = scene.add(kind)
    where = scene.refer(anchor)
    phrase, word, way = side_phrase(scene)
    roll = rng.random()
    if 0.30 <= roll < 0.68 and kind == "bowl":
        roll = rng.random() * 0.30 if rng.random() < 0.5 else 0.7  # how far from a bowl is said in cm only: see vocabulary
    if roll < 0.30:
        words = f"{phrase} {where}" if rng.random() < 0.75 else f"next to {where}, {phrase} it"
        return Destination(words, f'place_at(beside("{anchor}", "{word}"))',
                           lambda who: f"beside({who}, {way}, {anchor}, 4, 20)", False)  # fmt: skip
    if roll < 0.68:
        meaning = "a little"
        said = rng.choice(_LITTLE)
        if rng.random() < 0.45:
            meaning = rng.choice(("a little", "a lot"))
            word_far = scene.invent(meaning.removeprefix("a "))
            said = rng.choice((f"a {word_far}", f"a {word_far}", word_far))
        band = "6, 14" if meaning == "a little" else "14, 26"
        words = f"{said} {phrase} {where}"
        return Destination(words, f'place_at(beside("{anchor}", "{word}", "{said}"))',
                           lambda who: f"beside({who}, {way}, {anchor}, {band})", False)  # fmt: skip
    least = {"block": 6, "cylinder": 6, "tray": 13, "zone": 6}.get(kind, 11 if ALL_KINDS[kind].role == "bowl" else 6)
    said, passed, cm = how_far(scene, least)
    words = expand(
        rng.choice((f"{said} {phrase} {where}", f"{said} {phrase} {where}", f"{phrase} {where}(, at| at|,| with) "
                    f"(a distance of |){said}", f"{phrase} {where}, {said} (away|apart|off)")), rng
    )  # fmt: skip
    return Destination(words, f'place_at(beside("{anchor}", "{word}", "{passed}"))',
                       lambda who: f"offset({who}, {anchor}, {way}, {cm})", False)  # fmt: skip


def between(scene: Scene) -> Destination:
    rng = scene.rng
    kind = rng.choice(("block", "bowl", "bowl", "tray", "cylinder")) if rng.random() < 0.7 else scene.item_kind()
    first = scene.add(kind)
    second = scene.add(kind if rng.random() < 0.6 else scene.holder_kind())
    middle = expand("(between|between|in between|halfway between|midway between|exactly between|in the middle between)", rng)
    pair = f"{scene.refer(first)} and {scene.refer(second)}"
    if first.split()[1] == second.split()[1] and rng.random() < 0.3:
        colors = (first.split()[0], second.split()[0])
        pair = f"the {colors[0]} and {'the ' if rng.random() < 0.5 else ''}{colors[1]} {scene.noun(kind, several=rng.random() < 0.5)}"
    return Destination(f"{middle} {pair}", f'place_at(between("{first}", "{second}"))',
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
    preposition = rng.choice(("in", "in", "on", "on", "into", "at", "onto")) if kind != "bowl" else rng.choice(("in", "into"))
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
