"""Families of several commands in one, of commands under a condition, and of ones that refer to what was done."""

from __future__ import annotations

from .destinations import Destination, beside, command, goals_for, how_far, into, region
from .moving import wording
from .scene import Sample, Scene
from .subjects import Subject, everything, named, of_color, side_word
from .vocabulary import plural
from .wording import expand, listing, say

_THEN = (" and ", " and then ", ", then ", ", and ", ". ", ". Then ", "; ", ", ", " and after that ", ", afterwards ",
         ", and then ", " before you ")  # fmt: skip


def _simple(scene: Scene, kind: str) -> tuple[Subject, Destination]:
    destination = scene.rng.choices((into, region, beside), (62, 28, 10))[0]
    return named(scene, kind), destination(scene)


def _further(scene: Scene, kind: str, first: Subject) -> tuple[Subject, Destination]:
    """What follows the first command: mostly one like it; or something goes onto what it moved, or several things go
    somewhere."""
    roll = scene.rng.random()
    if roll < 0.12:
        where = scene.rng.choice((f"on {first.words}", f"onto {first.words}", f"on top of {first.words}"))
        return named(scene, kind), Destination(
            where, f"place_on({first.code})", lambda who: f"in({who}, {first.goal})", many=False
        )
    other = scene.item_kind()
    if roll < 0.35 and other not in scene.closed and not any(t.endswith(f" {other}") for t in scene.things):
        subject = scene.rng.choice((everything, everything, of_color))(scene, other)
        return subject, scene.rng.choice((into(scene, stacking=False), region(scene)))
    return _simple(scene, kind)


def several_commands(scene: Scene) -> Sample:
    """Two or three commands in a row, or one verb for all of them."""
    rng = scene.rng
    kind = scene.item_kind()
    parts = [_simple(scene, kind)]
    for _ in range(rng.choice((1, 1, 1, 2))):
        parts.append(_further(scene, kind, parts[0][0]))
    if len(scene.things) > 7:
        scene.things.clear()
        parts = [(named(scene, kind), region(scene)), (named(scene, kind), into(scene))]
    style = rng.random()
    if len(parts) == 2 and rng.random() < 0.6:
        (s, d), (s2, d2) = parts
        words = say(rng, group="two", X=s.words, D=d.words, Y=s2.words, E=d2.words)
    elif style < 0.45:
        words = (
            expand("(put|put|place|move|set|bring)", rng)
            + " "
            + listing([f"{s.words} {d.words}" for s, d in parts], rng)
        )
    elif style < 0.75:
        joint = rng.choice(_THEN)
        sentences = [wording(scene, s, d) for s, d in parts]
        words = sentences[0]
        for sentence in sentences[1:]:
            words += (joint if joint != " before you " else " and then ") + sentence
        if rng.random() < 0.15:
            words = "first " + words
    elif style < 0.88:
        words = rng.choice((", ", "; ", ". ", " and ")).join(f"{s.words} {d.words}" for s, d in parts)
    else:
        # The second one is named first, but comes after the first.
        (s, d), (s2, d2) = parts[:2]
        parts = [(s, d), (s2, d2)]
        words = say(
            rng,
            "(put|move|place) <A> <B>, but (first|before that) (put|move|place) <C> <D>",
            "after (putting|moving|placing) <C> <D>, (put|move|place) <A> <B>",
            "before you (put|move|place) <A> <B>, (put|move|place) <C> <D>",
            A=s2.words, B=d2.words, C=s.words, D=d.words,
        )  # fmt: skip
    code = "\n".join(command(s, d) for s, d in parts)
    return Sample("clauses", (), words, code, "; ".join(goals_for(s, d) for s, d in parts))


def the_rest(scene: Scene) -> Sample:
    """Some go here, the others there."""
    rng = scene.rng
    kind = scene.item_kind()
    names = scene.several(kind, rng.choice((3, 3, 4)))
    scene.closed.add(kind)
    first, others = names[0], names[1:]
    here, there = into(scene, stacking=False), region(scene, many=True)
    if rng.random() < 0.5:
        here, there = there, here
    color = first.split()[0]
    noun = scene.noun(kind, True)
    rest = rng.choice((f"the other {noun}", f"the rest of the {noun}", "the others", "all the others", "the rest",
                       f"all other {noun}", "the remaining ones"))  # fmt: skip
    words = say(rng, "(put|place|move) <A> <B> and <R> <D>", "<A> (goes|belongs) <B>, <R> (go|belong) <D>",
                "(put|move) <A> <B>, then (put|move) <R> <D>", A=scene.refer(first, plain=True), B=here.words, R=rest,
                D=there.words)  # fmt: skip
    if rng.random() < 0.6:
        words = say(rng, group="rest", X=scene.refer(first, plain=True), D=here.words, R=rest, E=there.words)
    code = (
        f'pick("{first}")\n{here.call}\nfor thing in detect("{kind}"):\n    if thing.color != "{color}":\n'
        f"        pick(thing)\n        {there.call}"
    )
    goals = "; ".join([here.goal(first), *(there.goal(o) for o in others)])
    return Sample("the-rest", (), words, code, goals)


def condition(scene: Scene) -> Sample:
    """Something is done if something is in view, or if there are more or fewer than some number; else another thing."""
    rng = scene.rng
    kind = scene.item_kind()
    item = named(scene, kind)
    target = into(scene, stacking=False)
    other = named(scene, kind)
    if rng.random() < 0.55:
        there = rng.random() < 0.5
        what = scene.add(kind) if there else f"{scene.color()} {scene.holder_kind() if rng.random() < 0.4 else kind}"
        scene.closed |= {what.split()[0], kind}
        test, seen = f'if detect("{what}"):', there
        clause = expand(f"(there is|you see|there's|you can see|you find) (a|any) {what}", rng)
    else:
        scene.several(kind, rng.choice((0, 1, 2)))
        scene.closed.add(kind)
        count, limit = sum(t.endswith(f" {kind}") for t in scene.things), rng.choice((1, 2, 3, 4))
        number = ("", "one", "two", "three", "four")[limit] if rng.random() < 0.6 else str(limit)
        more = rng.random() < 0.6
        sign, word = (">", "more than") if more else ("<", "fewer than")
        seen = count > limit if more else count < limit
        test = f'if len(detect("{kind}")) {sign} {limit}:'
        clause = expand(f"(there are|you see|you count) {word} {number} {plural(kind)}", rng)
    when = expand(f"(if|if|if|when|in case|provided that) {clause}", rng)
    told = {"C": clause, "X": item.words, "D": target.words, "Y": other.words}
    do = f"pick({item.code})\n    {target.call}"
    sentence = imperative_plain(scene, item, target)
    alternative = rng.random() < 0.6
    if test.startswith("if detect") and not alternative and rng.random() < 0.35:
        plainly = (f"unless {clause}, {sentence}", f"{sentence} unless {clause}", f"{sentence}, but not if {clause}")
        goals = "home(*)" if seen else goals_for(item, target)
        return Sample("condition", (), say(rng, *plainly), f"{test.replace('if ', 'if not ')}\n    {do}", goals)
    if alternative:
        otherwise = expand("(otherwise|else|if not|or else)", rng)
        tail = f"{otherwise}, (put|move|place) {other.words} there" if rng.random() < 0.6 else (
            f"{otherwise} (put|move|place) {other.words} {target.words}"
        )  # fmt: skip
        words = say(rng, f"{when}, {sentence}(,|;|.|, and) {tail}", group="if-else", share=0.5, **told)
        code = f"{test}\n    {do}\nelse:\n    pick({other.code})\n    {target.call}"
        goals = goals_for(item if seen else other, target)
    else:
        plainly = (f"{when}, {sentence}", f"{sentence} {when}", f"{when} then {sentence}")
        words = say(rng, *plainly, group="if-there", share=0.5, **told)
        code = f"{test}\n    {do}"
        goals = goals_for(item, target) if seen else "home(*)"
    return Sample("condition", (), words, code, goals)


def imperative_plain(scene: Scene, subject: Subject, destination: Destination) -> str:
    return expand(f"(put|put|move|place|drop) {subject.words} {destination.words}", scene.rng)


def back_again(scene: Scene) -> Sample:
    """Something is moved and then brought back to where it was."""
    rng = scene.rng
    subject, target = named(scene), into(scene, stacking=False)
    name = subject.goal
    words = say(
        rng,
        "(put|move|place) <X> <D> and (then |)(put|bring|move) it back (again|to where it was|where it was|)",
        "(put|move|place) <X> <D>, then (undo that|undo it|take it back|return it to its place)",
        "(put|move|place) <X> <D> and then undo (that|it)",
        group="undo",
        X=subject.words, D=target.words,
    )  # fmt: skip
    holder = target.goal(name).removeprefix(f"in({name}, ").removesuffix(")")
    code = f"start = find({subject.code})\npick(start)\n{target.call}\npick({subject.code})\nplace_at(start.position)"
    return Sample("back", (), words, code, f"visited({name}, {holder}); home({name})")


def undo_both(scene: Scene) -> Sample:
    """Two are moved, and both brought back."""
    rng = scene.rng
    kind = scene.item_kind()
    a, b = named(scene, kind), named(scene, kind)
    x, y = into(scene, "bowl"), into(scene, "bowl")
    words = say(
        rng,
        "(put|place) <A> <X>, then (put|place) <B> <Y>, and then undo both",
        "(put|place) <A> <X> and <B> <Y>, then (undo both|put both back|bring both back|return them to where they were)",
        A=a.words, X=x.words, B=b.words, Y=y.words,
    )  # fmt: skip
    code = (
        f"a = find({a.code})\nb = find({b.code})\npick(a)\n{x.call}\npick(b)\n{y.call}\npick({b.code})\n"
        f"place_at(b.position)\npick({a.code})\nplace_at(a.position)"
    )
    goals = "; ".join(
        f"visited({s.goal}, {d.goal('').split(', ')[1][:-1]}); home({s.goal})" for s, d in ((a, x), (b, y))
    )
    return Sample("undo-both", (), words, code, goals)


def same_with_others(scene: Scene) -> Sample:
    """All things of a kind are moved by the same way."""
    rng = scene.rng
    kind = scene.item_kind()
    names = scene.several(kind, rng.choice((2, 3)))
    scene.closed |= {kind, "bowl", "tray", "zone"}
    word, way = side_word(scene)
    said, _, cm = how_far(scene, most=10)
    noun = scene.noun(kind, True)
    first = scene.refer(names[0], plain=True)
    words = say(
        rng,
        "(move|shift|push) <A> <F> to the <W>; now the same with (the other <N>|the others|the rest)",
        "(move|shift|push) <A> <F> to the <W>, then do the same with (the other <N>|the others|the rest)",
        "(move|shift|push) (all the <N>|the <N>|all <N>|every one of the <N>) <F> to the <W>",
        "(move|shift) (all the <N>|the <N>|all <N>) to the <W> by <F>",
        A=first, F=said, W=word, N=noun,
    )  # fmt: skip
    code = f'for thing in detect("{kind}"):\n    pick(thing)\n    place_at(beside(thing, "{word}", "{said}"))'
    return Sample("same", (), words, code, f"shift({kind}, {way}, {cm})")


def some_of(scene: Scene) -> Sample:
    """A number of things of a kind go somewhere, whichever."""
    rng = scene.rng
    kind = scene.item_kind()
    what = kind
    if rng.random() < 0.3:
        what = f"{scene.color()} {kind}"
        scene.things += [what] * rng.choice((3, 4))
        scene.several(kind, rng.choice((0, 1)))
        scene.closed.add(what.split()[0])
    else:
        scene.several(kind, rng.choice((3, 4, 5)))
    scene.closed.add(kind)
    count = rng.choice((1, 1, 2, 2, 3))
    target = into(scene, stacking=False)
    holder = target.goal("x").removeprefix("in(x, ").removesuffix(")")
    number = expand(("", "(one|1|just one|a single|only one)", "(two|2|two|a pair of|a couple of|exactly two)",
                     "(three|3|three|exactly three)")[count], rng)  # fmt: skip
    color = what.removesuffix(kind)
    noun, nouns = color + scene.noun(kind, several=count > 1), color + scene.noun(kind, True)
    words = say(
        rng,
        "(put|place|move|drop) <K> <X> <D>",
        "(put|place|move|drop|get) <K> (of the <N>) <D>" if " " not in number else "(put|drop|get) <K> <X> <D>",
        "<K> <X> (go|goes|should go) <D>",
        "(put|place) <K> <X> <D>, (i don't care which|doesn't matter which|any will do|whichever|your pick)",
        "<K> <X> <D>",
        "(i need|i want|i'd like) <K> <X> <D>",
        "<K> <X> (will do|is enough|are enough|would be nice) <D>",
        group="some-of" if count > 1 and " " not in number else "", K=number, X=noun, N=nouns, D=target.words,
    )  # fmt: skip
    code = f'for thing in detect("{what}")[:{count}]:\n    pick(thing)\n    {target.call}'
    return Sample("some-of", (), words, code, f"count({what}, {count}, {holder})")
