"""What commands move: one thing, told by name or by where it lies, or several."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from .scene import Scene
from .vocabulary import OTHER_RANKS, SEEN_RANKS
from .wording import expand, listing, say


@dataclass(frozen=True)
class Subject:
    """What is moved. words: in the instruction. code: the expression of one thing, or the loop over several with
    `{body}` in its place. goal: how goals call it. kind: its noun, "" for mixed.
    parts: words for its parts, by the slots of the group of frames that tells them apart."""

    words: str
    code: str
    goal: str
    kind: str
    many: bool = False
    group: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)


def quoted(names: list[str]) -> str:
    return "[" + ", ".join(f'"{n}"' for n in names) + "]"


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
    words = say(
        rng, "the <O> <W> to <Y>", "the <O> <W> to <Y>", "the <O> (that is|which is|that's|lying) <W> to <Y>",
        "the <W> <O> to <Y>", "the <O> which lies <W> to <Y>", group="nearest", share=0.4, O=noun,
        N=scene.noun(kind, several=True), W=word, Y=where,
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
    number = {
        "first": 1,
        "1st": 1,
        "second": 2,
        "2nd": 2,
        "fifth": 5,
        "5th": 5,
        "sixth": 6,
        "6th": 6,
        "seventh": 7,
        "last": -1,
    }[rank]
    if rng.random() < 0.2:
        number = rng.choice((1, 2, 3))
        rank = scene.invent(("first", "second", "third")[number - 1])
    scene.several(kind, max(count, number))
    scene.closed.add(kind)
    noun = scene.noun(kind)
    words = say(
        rng, "the <R> <O> from the <S>", "the <R> <O> from the <S>", "<R> <O> from the <S>",
        "the <R> <O> (counted|counting|seen|starting) from the <S>", "the <R> <O> from <S>", "from the <S> the <R> <O>",
        "the <R> <O> on the <S>", f"<O> number {number} from the <S>" if number > 0 else "the <R> <O> from the <S>",
        group="nth", share=0.4, R=rank, O=noun, N=scene.noun(kind, several=True), S=word,
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
    words = say(
        rng, "the <O> <V> <Y>", "the <O> <V> <Y>", "the <O> (that is|which is|lying|that lies|that's) <V> <Y>",
        group="toward", share=0.4, O=noun, V=phrase, Y=where,
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


def everything(scene: Scene, kind: str | None = None) -> Subject:
    """All things of a kind."""
    rng = scene.rng
    kind = kind or scene.item_kind()
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


def of_color(scene: Scene, kind: str | None = None) -> Subject:
    """All things of one colour, among others; or of one kind and colour."""
    rng = scene.rng
    kind, color = kind or scene.item_kind(), scene.color()
    for _ in range(rng.choice((2, 2, 3))):
        scene.things.append(f"{color} {kind}")
    scene.several(kind, rng.choice((1, 2)))
    scene.closed |= {color, kind}
    noun = scene.noun(kind, several=True)
    words = expand(
        rng.choice((f"all the {color} {noun}", f"the {color} {noun}", f"all {color} {noun}", f"every {color} {kind}",
                    f"the {color} ones", f"(all |all the |the |){color}s", f"each {color} {kind}",
                    f"all the {noun} that are {color}", f"any {color} {kind}")), rng
    )  # fmt: skip
    return Subject(words, f'for thing in detect("{color} {kind}"):\n    {{body}}', f"{color} {kind}", kind, many=True)


def all_of_color(scene: Scene) -> Subject:
    """All things of one colour, of whatever kind."""
    rng = scene.rng
    color = scene.color()
    kinds = list(dict.fromkeys([scene.item_kind(), scene.item_kind()]))
    for kind in kinds:
        scene.things += [f"{color} {kind}"] * rng.choice((1, 1, 2))
    scene.several(rng.choice(kinds), rng.choice((0, 1, 2)))
    scene.closed.add(color)
    words = expand(
        rng.choice((f"(everything|anything) {color}", f"everything (that is|that's) {color}", f"all (the |){color} (things|"
                    f"objects|items|stuff)", f"the {color} (things|objects|stuff)", f"whatever is {color}",
                    f"(every|each|any) {color} (thing|object|item)", f"all that is {color}")), rng
    )  # fmt: skip
    return Subject(words, f'for thing in detect("{color} object"):\n    {{body}}', color, "", many=True)


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
    goal = f"except({kind}, {', '.join(left)})"
    if len(left) > 1:
        return Subject(words, code, goal, kind, many=True)
    return Subject(words, code, goal, kind, many=True, group="except", parts={"N": noun, "L": rest})


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
    told = Subject(words, code, "|".join(names), kind if same else "", many=True)
    if len(names) > 2:
        return told
    return replace(told, group="two-same", parts={"X": scene.refer(names[0]), "Y": scene.refer(names[1])})


SINGLE = ((named, 50), (nearest, 15), (ranked, 15), (toward, 14), (outermost, 6))
SEVERAL = ((everything, 42), (of_color, 12), (all_of_color, 9), (all_but, 22), (listed, 18))


def draw(scene: Scene, options: tuple[tuple[Callable[[Scene], Subject], float], ...]) -> Subject:
    makers = [m for m, _ in options]
    return scene.rng.choices(makers, [w for _, w in options])[0](scene)
