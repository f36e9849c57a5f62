# ruff: noqa: E501 - a wording template stays on one line
"""Families of instructions: each draws a scene, a wording, the program that does it, and the effect to check."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from . import programs
from .grammar import article, expand, kind_plural, listing, polish, refer
from .world import COLORS, OPEN_KINDS, Goal

RETRY_CODES = (
    "grasp_missed", "slipped", "collision", "not_found", "place_failed", "no_space", "unreachable", "timeout",
    "ambiguous", "not_achieved", "already_holding", "limit",
)  # fmt: skip
_KINDS = ("block", "block", "block", "block", "bowl", "bowl", "cylinder", "zone", "tray")
_MOST_BULKY = 4  # bowls, trays and zones in one scene: more than that rarely leave room


@dataclass(frozen=True)
class Sample:
    """One example: names as perceived, the wording, the program, the effect, and the last failure's code if any."""

    family: str
    objects: tuple[str, ...]
    instruction: str
    program: str
    goals: tuple[Goal, ...]
    failed: str | None = None


@dataclass(frozen=True)
class Plain:
    """What a family draws before the wording is polished and the scene filled up."""

    needed: Sequence[str]
    sentence: str
    program: str
    goals: tuple[Goal, ...]
    retry: str | None = None  # the program after a failure, where it differs
    only: tuple[str, ...] = ()  # kinds that may not be added to the scene
    extra_blocks: int = 0  # blocks that may be added (those that the job is about are all the blocks there are)


class Draw:
    """Random picks of a scene's names."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng

    def names(self, *kinds: str, distinct: bool = True) -> list[str]:
        """One name of each kind, no two alike; of each kind the colours differ, between kinds they may not."""
        out: list[str] = []
        while len(out) < len(kinds):
            name = f"{self.rng.choice(COLORS)} {kinds[len(out)]}"
            if name not in out or not distinct:
                out.append(name)
        return out

    def colors(self, count: int) -> list[str]:
        return self.rng.sample(COLORS, count)

    def movable(self) -> str:
        return self.rng.choices(("block", "cylinder"), (85, 15))[0]

    def container(self) -> str:
        return self.rng.choices(("bowl", "tray", "zone"), (75, 15, 10))[0]

    def say(self, *templates: str, **words: str) -> str:
        """One of the templates, its alternatives chosen and its <WORDS> filled in."""
        sentence = expand(self.rng.choice(templates), self.rng)
        for key, value in words.items():
            sentence = sentence.replace(f"<{key}>", value)
        return sentence


_IN = "(in|in|in|into|into|inside|inside of|in to|onto|on)"
_ON = "(on|on|on|onto|on top of|on top of|upon|over|atop|above)"
_PUT = (
    "(put|put|put|place|place|drop|move|set|lay|throw|bring|deposit|stick|get|transfer|relocate|leave|position|carry|"
    "shift|send|deliver)"
)
_TAKE = "(take|pick up|pick|grab|grasp|get|fetch|lift|lift up|pick out|seize|pull out|select|collect)"
_THEN = "(and|and|and then|then|, then|, and)"
_EACH = "(all the|all the|all|every one of the|each of the|all of the|the|the)"


def _into(target: str) -> tuple[str, str]:
    """The primitive and the preposition's pattern for a target of this kind."""
    return ("place_in", _IN) if target.split(" ")[-1] in OPEN_KINDS else ("place_on", _ON)


def _put_sentence(draw: Draw, item: str, target: str, prep: str) -> str:
    return draw.say(
        f"{_PUT} <X> {prep} <Y>",
        f"{_PUT} <X> {prep} <Y>",
        f"{_PUT} <X> {prep} <Y>",
        f"{_TAKE} <X> {_THEN} {_PUT} it {prep} <Y>",
        f"<X> {prep} <Y>",
        f"<X> (goes|must go|should go|belongs|should be|has to be|needs to be|is to be|needs to go|has to go|"
        f"must be put|should be placed|ought to be|shall go) {prep} <Y>",
        f"{prep} <Y>, {_PUT} <X>",
        f"(i want|i need|i would like|i'd like|i want to see|we want|we need|have|get) <X> (to be|to end up|to go|) "
        f"{prep} <Y>",
        "<Y> (should|must|shall|is to|needs to) (hold|contain|carry|get|receive|have) <X>",
        f"(make|see to it that|ensure that|ensure|make sure that|make sure|i want that) <X> (is|ends up|lands|goes|"
        f"sits|rests) {prep} <Y>",
        f"(find|locate|look for|search for|go to) <X> {_THEN} {_PUT} it {prep} <Y>",
        "<X> (to|into|->|=>|in|on) <Y>",
        f"(where is|see) <X>? {_PUT} it {prep} <Y>",
        f"{_PUT} (one|) <X> {prep} <Y> (only|and nothing else|and leave the rest alone|carefully|gently|slowly|)",
        f"for <X>: {_PUT} it {prep} <Y>",
        "fill <Y> with <X>" if "in" in prep.split("|")[0] else "cover <Y> with <X>",
        X=item,
        Y=target,
    )


def family_put(draw: Draw) -> Plain:
    rng = draw.rng
    kind = rng.choices(("bowl", "tray", "zone", "block"), (60, 14, 12, 14))[0]
    item, target = draw.names(draw.movable(), kind)
    how, prep = _into(target)
    words_x, words_y, name_x, name_y = refer(item, rng), refer(target, rng), item, target
    only: tuple[str, ...] = ()
    roll = rng.random()
    if roll < 0.05 and not target.endswith(item.split(" ")[1]):  # "the bowl", the only one there is
        name_y = target.split(" ")[1]
        words_y, only = f"the {name_y}", (name_y,)
    elif roll < 0.09 and not target.endswith(item.split(" ")[1]):
        name_x = item.split(" ")[1]
        words_x, only = f"the {name_x}", (name_x,)
    elif roll < 0.13:
        words_y = f"the {target.split(' ')[0]} one" if target.endswith(item.split(" ")[1]) else words_y
    sentence = _put_sentence(draw, words_x, words_y, prep)
    return Plain((item, target), sentence, programs.put(name_x, name_y, how), (("in", item, target),), only=only,
                 extra_blocks=4)  # fmt: skip


def family_absent(draw: Draw) -> Plain:
    rng = draw.rng
    missing_target = rng.random() < 0.5
    item, target = draw.names(draw.movable(), rng.choice(("bowl", "bowl", "tray", "zone", "block")))
    _, prep = _into(target)
    missing = target if missing_target else item
    present = item if missing_target else target
    similar = f"{rng.choice([c for c in COLORS if f'{c} ' not in missing])} {missing.split(' ')[1]}"
    sentence = _put_sentence(draw, refer(item, rng, plain=True), refer(target, rng, plain=True), prep)
    if rng.random() < 0.2:
        place = rng.choice(_REGION_WORDS)
        sentence = draw.say(_TO_REGION, X=refer(item, rng, plain=True), R=rng.choice(place[1]))
        missing, present = item, target
    needed = [present, similar] if rng.random() < 0.8 else [present]
    text = f'"I do not see {article(missing)}."'
    return Plain(needed, sentence, programs.say(text), (("said", missing), ("nothing",)), extra_blocks=4,
                 only=(f"!{missing}",))  # fmt: skip


def family_put_two(draw: Draw) -> Plain:
    rng = draw.rng
    kinds = ("block", "block", draw.container(), draw.container())
    a, b, x, y = draw.names(*kinds)
    words = {"A": refer(a, rng), "B": refer(b, rng), "X": refer(x, rng), "Y": refer(y, rng)}
    if rng.random() < 0.5:
        sentence = draw.say(
            f"{_PUT} <A> {_IN} <X> (and|, and|and also|, then|and then|; then|.) (put|place|move|) <B> {_IN} <Y>",
            f"<A> (goes|should go|belongs|) {_IN} <X>, <B> (goes|should go|belongs|) {_IN} <Y>",
            f"first {_PUT} <A> {_IN} <X>, (then|and after that|next) (put|place|) <B> {_IN} <Y>",
            **words,
        )
        program = programs.put(a, x, _into(x)[0]) + "\n" + programs.put(b, y, _into(y)[0])
        return Plain((a, b, x, y), sentence, program, (("in", a, x), ("in", b, y)), extra_blocks=2)
    both = listing([words["A"], words["B"]], rng)
    how, prep = "place_in", _into(x)[1]
    sentence = draw.say(
        f"{_PUT} (both |) <L> {prep} <X>",
        f"{_TAKE} <L> {_THEN} {_PUT} them (both|) {prep} <X>",
        f"<L> (go|should go|belong|must be) {prep} <X>",
        L=both,
        X=words["X"],
    )
    if a.split(" ")[1] == b.split(" ")[1] == "block" and rng.random() < 0.35:
        pair = listing([a.split(" ")[0], b.split(" ")[0]], rng)
        sentence = draw.say(f"{_PUT} (the |)<L> (blocks|cubes|block|ones) {prep} <X>", L=pair, X=words["X"])
    return Plain((a, b, x), sentence, programs.put_listed([a, b], x, how), (("in", a, x), ("in", b, x)),
                 extra_blocks=3)  # fmt: skip


_SAME = (
    "(the same color|matching color|the matching color|the corresponding color|same color|equal color|identical color|"
    "their color|their own color|its color|the color they have|the right color)"
)


def family_matching(draw: Draw) -> Plain:
    rng = draw.rng
    colors = draw.colors(rng.choice((1, 2, 2, 3, 3, 3, 4)))
    blocks, bowls = [f"{c} block" for c in colors], [f"{c} bowl" for c in colors]
    if len(colors) < 4 and rng.random() < 0.3:
        bowls.append(f"{rng.choice([c for c in COLORS if c not in colors])} bowl")
    sentence = draw.say(
        f"{_PUT} {_EACH} <B> {_IN} (the|) <W> (of|with|that have|having|in) {_SAME}",
        f"{_PUT} (each|every) (block|cube) {_IN} (the|a) (bowl|dish) (of|with|that has|having) {_SAME} (as itself|as it|)",
        f"{_PUT} {_EACH} <B> {_IN} (their|the|) (matching|corresponding|respective|same color|same-colored|like-colored|"
        "equally colored|own) <W>",
        f"{_PUT} (each|every) block {_IN} its (matching|corresponding|own|same color|same-colored|respective) bowl",
        "(match|pair|pair up|combine) (the|all the|each of the|) <B> (with|to|and|into) (the|their|) <W> (by color|of the same color|)",
        "(sort|order|organize|group|arrange|distribute|separate|file) (the|all|all the|) <B> (by color|by their color|according to color|based on color) "
        "(in|into|in to) (the|) <W>",
        "(sort|distribute|organize|arrange) (the|all the|) <B> (in|into|over|among) (the|their|) (matching|) <W> (by color|according to their color|by matching color)",
        f"(blocks|the blocks|all blocks) (go|should go|belong|must be) {_IN} (the|) <W> (of|with) {_SAME}",
        f"for (each|every) block, (put|place|move|drop) it {_IN} the bowl (of|with|that has) (the same color|its color|matching color)",
        f"<W> (should|must) (hold|contain|get|have) (the|all|) <B> (of|with|that have) {_SAME}",
        f"(make|see that|ensure that) (every|each) block (is|ends up|lands|sits) {_IN} (the|a) bowl (of|with) {_SAME}",
        f"{_PUT} {_EACH} <B> {_IN} <W> such that the colors (match|agree|are the same|fit)",
        f"<B> {_IN} (matching|same color|corresponding) <W>",
        "color sort (the|) <B> into (the|) <W>",
        f"{_PUT} (the|) (<CB>) (blocks|block) {_IN} (the|) (<CB>) (bowls|bowl) (respectively|)",
        B=kind_plural("block", rng),
        W=kind_plural("bowl", rng),
        CB=listing(colors, rng),
    )
    return Plain(blocks + bowls, sentence, programs.matching(), (("matching",),),
                 retry=programs.rematch(), only=("bowl",))  # fmt: skip


_OTHER = (
    "(a different color|another color|mismatching color|non-matching color|a color other than their own|different color|"
    "the wrong color|not the same color|other colors)"
)


def family_mismatched(draw: Draw) -> Plain:
    rng = draw.rng
    colors = draw.colors(rng.choice((2, 2, 3, 3)))
    blocks, bowls = [f"{c} block" for c in colors], [f"{c} bowl" for c in colors]
    sentence = draw.say(
        f"{_PUT} {_EACH} <B> {_IN} (the|) (mismatched|mismatching|non-matching|wrong|different color|differently colored|"
        "non matching|unmatched) <W>",
        f"{_PUT} {_EACH} <B> {_IN} <W> (of|with|that have) {_OTHER}",
        f"{_PUT} (each|every) block {_IN} a bowl (of|with|that has) {_OTHER} (than itself|)",
        f"{_PUT} {_EACH} <B> {_IN} <W> (that do not match|which do not match|that don't match|not matching|whose color "
        "differs)",
        f"{_PUT} {_EACH} <B> {_IN} <W> so that (no color matches|the colors do not match|no colors match|colors differ)",
        "mismatch (the|) <B> and (the|) <W>",
        B=kind_plural("block", rng),
        W=kind_plural("bowl", rng),
    )
    return Plain(blocks + bowls, sentence, programs.mismatched(), (("mismatched",),), only=("bowl",))


def family_all_in(draw: Draw) -> Plain:
    rng = draw.rng
    kind = draw.container()
    target, *blocks = draw.names(kind, *["block"] * rng.choice((1, 2, 2, 3, 3, 4)))
    how, prep = "place_in", _into(target)[1]
    color = target.split(" ")[0]
    goals = tuple(("in", b, target) for b in blocks)
    words, name, only = refer(target, rng), target, ()
    if rng.random() < 0.15:
        words, name, only = f"the {kind}", kind, (kind,)
    verb = "(put|place|move|drop|collect|gather|throw|set|bring|dump|toss|store|collect up|stash|pack|load|sort|get)"
    plural = kind_plural("block", rng)
    roll = rng.random()
    if roll < 0.12 and len(blocks) > 1:
        kept = blocks[-1]
        sentence = draw.say(
            f"{verb} (all the|all|every|the) (blocks|block) (except|but|except for|other than|besides) (the |)<C> (one|block) {prep} <Y>",
            f"{verb} {_EACH} <B> (that are not|which are not|that aren't) <C> {prep} <Y>",
            C=kept.split(" ")[0],
            B=plural,
            Y=words,
        )
        program = programs.put_all("block", name, how, f'block.color != "{kept.split(" ")[0]}"')
        return Plain([target, *blocks], sentence, program, goals[:-1], only=only)
    sentence = draw.say(
        f"{verb} {_EACH} <B> {prep} <Y>",
        f"{verb} {_EACH} <B> {prep} <Y>",
        f"{verb} (each|every|every single) block {prep} <Y>",
        f"{_TAKE} {_EACH} <B> {_THEN} {verb} them {prep} <Y>",
        f"{_EACH} <B> (go|should go|belong|must be|need to go|should end up|have to go) {prep} <Y>",
        "<Y> (should|must) (hold|contain|get|have) (all the|all|every one of the) <B>",
        f"(clean up|tidy up|tidy|clear up|clean|clear the table): (put |)(all|all the|the) <B> {prep} <Y>",
        f"(i want|i'd like|have) (all the|all|the) <B> {prep} <Y>",
        f"<B> {prep} <Y>",
        f"{verb} (everything that is a block|anything that is a block|whatever block there is) {prep} <Y>",
        B=plural,
        Y=words,
    )
    return Plain([target, *blocks], sentence, programs.put_all("block", name, how), goals,
                 retry=programs.refill("block", name, how), only=(*only, f"!{color} {kind}"))  # fmt: skip


def family_stack_two(draw: Draw) -> Plain:
    rng = draw.rng
    top, base = draw.names("block", "block")
    if rng.random() < 0.08:
        top, base = draw.names("cylinder", "block")
    a, b = refer(top, rng), refer(base, rng)
    if top.split(" ")[1] == base.split(" ")[1] and rng.random() < 0.15:
        b = f"the {base.split(' ')[0]} one"
    ca, cb = top.split(" ")[0], base.split(" ")[0]
    stack = "(stack|stack|stack|put|place|set|pile|lay|move|position|build|balance|pop|drop|rest)"
    forms = [
        f"{stack} <A> {_ON} <B>",
        f"{stack} <A> {_ON} <B>",
        f"{stack} <A> {_ON} <B>",
        f"{_TAKE} <A> {_THEN} {stack} it {_ON} <B>",
        f"<A> {_ON} <B>",
        f"<A> (goes|should be|must be|belongs|should go|should stand|should rest|has to be|needs to sit|should sit) {_ON} <B>",
        "(with|use) <B> (at the bottom|as the base|below|as the lower one|on the bottom), (stack|put|place) <A> on top (of it|)",
        "<B> (at the bottom|below|is the base|on the bottom|underneath|under), <A> (on top|on it|above|over it|on top of it)",
        "(put|place|slide|get) <B> under <A>" if rng.random() < 0.2 else f"{stack} <A> {_ON} <B>",
        f"(build|make|create) a (stack|tower|pile) (of|with|from|out of|using) <A> {_ON} <B>",
        "(build|make|create) a (stack|tower|pile) with <B> (at|on|as|) the (bottom|base) and <A> (on|at the) top",
        "(build|make|create) a (stack|tower|pile) with <A> on top (and|,) <B> (at|on) the bottom",
        f"(i want|i'd like|we want|have|get) <A> (to be|) {_ON} <B>",
        "on (top of|) <B>, (put|place|stack|set) <A>",
        "stack <A> and <B>",
    ]
    if top.endswith("block") and base.endswith("block"):
        forms += ["(stack|put|pile) (the |)<CA> {on} (the |)<CB>".replace("{on}", _ON)]
    sentence = draw.say(*forms, A=a, B=b, CA=ca, CB=cb)
    extra = 3
    if rng.random() < 0.12 and top.endswith("block"):
        sentence = draw.say(
            "stack the (two |2 |)blocks(,| with| so that|:) (the |)<CB> (one |block |)(is |)(at|on) the (bottom|base)",
            "stack the (two |2 |)blocks(,| with| so that|:) (the |)<CA> (one |block |)(is |)(on|at the) top",
            "(build|make) a tower (from|of|out of) the (two |)blocks, <CA> on top",
            "(build|make) a tower (from|of|out of) the (two |)blocks, <CB> (at the bottom|below)",
            CA=ca,
            CB=cb,
        )
        extra = 0
    return Plain((top, base), sentence, programs.put(top, base, "place_on"), (("on", top, base),), extra_blocks=extra)


_UP = (
    "(from bottom to top|from the bottom to the top|from the bottom up|bottom to top|from bottom up|upwards|starting "
    "from the bottom|starting at the bottom|from low to high|bottom first|beginning at the bottom|from base to top)"
)
_DOWN = (
    "(from top to bottom|from the top to the bottom|from the top down|top to bottom|from top down|downwards|starting "
    "from the top|starting at the top|top first|beginning at the top)"
)


def family_stack_order(draw: Draw) -> Plain:
    rng = draw.rng
    count = rng.choices((2, 3, 4), (12, 63, 25))[0]
    colors = draw.colors(count)
    names = [f"{c} block" for c in colors]
    style = rng.random()
    if style < 0.45:
        items = list(colors)
        suffix = rng.choice(("", "", " blocks", " block", " cubes"))
        shown = listing(items, rng) + suffix
    elif style < 0.75:
        shown = listing([rng.choice(("", "the ")) + n for n in names], rng)
    else:
        shown = listing([f"the {c} one" if i else refer(names[0], rng) for i, c in enumerate(colors)], rng)
    make = "(stack|stack up|stack|pile up|pile|build a tower of|build a stack of|make a tower of|make a stack of|build a tower with|tower up)"
    what = "(the blocks|the blocks|blocks|all the blocks|the cubes|them|all blocks|everything)"
    order = "(in this order|in the order|in the following order|in that order|ordered|in order|with this order|with the order|)"
    reverse = False
    roll = rng.random()
    c = colors
    if roll < 0.38:
        sentence = draw.say(
            f"{make} <L> {_UP}",
            f"{make} {what} {order} {_UP}: <L>",
            f"{make} {what} {_UP} {order}(:|) <L>",
            f"{_UP}: <L>",
            f"{_UP}, (stack|the stack is|the tower is|build|the tower should be|it should be) <L>",
            f"(build|make|create) a (tower|stack|pile) {_UP}(:| of|) <L>",
            f"(build|make|create) a (tower|stack|pile)(:|, |) <L> {_UP}",
            f"{make} {what} {order}(:|) <L> ({_UP})",
            f"(the|a) (tower|stack) (should be|is|of|must be), {_UP}, <L>",
            L=shown,
        )
    elif roll < 0.58:
        reverse = True
        sentence = draw.say(
            f"{make} <L> {_DOWN}",
            f"{make} {what} {order} {_DOWN}: <L>",
            f"{make} {what} {_DOWN} {order}(:|) <L>",
            f"{_DOWN}: <L>",
            f"{_DOWN}, (stack|the stack is|the tower is|build|the tower should read|i want) <L>",
            f"(build|make|create) a (tower|stack|pile) {_DOWN}(:| of|) <L>",
            f"(build|make|create) a (tower|stack|pile)(:|, |) <L> {_DOWN}",
            f"{make} {what} {order}(:|) <L> ({_DOWN})",
            L=shown,
        )
    elif roll < 0.68:
        sentence = draw.say(
            f"{make} <L> (in this order|in that order|in this sequence|in order|)",
            f"{make} {what} in (this|the following|the) (order|sequence)(:|) <L>",
            "(first|start with) <F>, then <R>: (stack them|build a tower|pile them up)",
            L=shown,
            F=c[0],
            R=", then ".join(c[1:]),
        )
    elif roll < 0.84 and count >= 3:
        middle = listing(c[1:-1], rng)
        words = {"F": c[0], "M": middle, "T": c[-1]}
        if rng.random() < 0.5:
            sentence = draw.say(
                f"{make} {what}(,| with|:| such that|) (the |)<F> (block |one |)(is |)(at|on) the (bottom|base), <M> in the middle(,| and|, and) <T> (on|at the) top",
                "(build|make) a (tower|stack)(,| with|:) <F> (at|on) the (bottom|base), then <M>, (then|and) <T> (on|at the) top",
                "<F> (at|on) the bottom, <M> in the middle, <T> (on|at the) top(: stack them|)",
                "(start|begin) with (the |)<F>(| block), then (put |add |)<M>, (then|and finally|finally) <T>",
                **words,
            )
        else:
            reverse = True
            sentence = draw.say(
                f"{make} {what}(,| with|:| such that|) (the |)<T> (block |one |)(is |)(on|at the) top, <M> in the middle(,| and|, and) <F> (at|on) the (bottom|base)",
                "(build|make) a (tower|stack)(,| with|:) <T> (on|at the) top, then <M>, (then|and) <F> (at|on) the (bottom|base)",
                "<T> (on|at the) top, <M> in the middle, <F> (at|on) the bottom(: stack them|)",
                **words,
            )
            middle_names = [f"{x} block" for x in c[1:-1]]
            names = [names[0], *middle_names[::-1], names[-1]]
    else:
        # "red on green on blue": the last one named is the base
        reverse = True
        joint = rng.choice((" on ", " on top of ", " onto ", " over "))
        parts = [f"(the |){x}( block| cube|)" for x in c[::-1]]
        sentence = draw.say(
            "(stack|put|place|pile|build|) " + joint.join(parts),
            "(stack|put|place) "
            + " (and|, and|,|, then) (put |) ".join(
                f"the {c[i + 1]} (block|one) on the {c[i]} (block|one)" for i in range(count - 2, -1, -1)
            ),
        )
        if count >= 3 and rng.random() < 0.4:
            reverse = False
            sentence = draw.say(
                "(stack|put|place) "
                + " (and|, and|,|, then|and then) (put |) ".join(
                    f"(the |){c[i + 1]} (block |one |)(on|on top of) (the |){c[i]} (block|one|)"
                    for i in range(count - 1)
                ),
                f"(put|place|stack) (the |){c[1]} (block |)on (the |){c[0]} (block|one|)"
                + "".join(f" and (the |){x} (block |one |)on (top|top of that|it|top of it|that)" for x in c[2:]),
            )
    listed = names[::-1] if reverse else names
    return Plain(names, sentence, programs.stack(listed, reverse), (("stack", *names),),
                 extra_blocks=0 if "block" in sentence and rng.random() < 0.7 else 2)  # fmt: skip


def family_stack_any(draw: Draw) -> Plain:
    rng = draw.rng
    blocks = draw.names(*["block"] * rng.choice((2, 3, 3, 4)))
    sentence = draw.say(
        "(stack|stack up|pile up|pile|heap|tower) (all the|all|all of the|the|) <B> (up|on each other|on top of each other|"
        "into a tower|into one tower|in a pile|on one another|together|)",
        "(build|make|create|construct|form|erect) (a|one|a single) (tower|stack|pile) (of|from|out of|with|using) (all the|all|the|) <B>",
        "(put|place|set|lay) (all the|all|the) <B> on top of (each other|one another)",
        "(build|make) a (tower|stack)",
        "(stack|pile) (everything|them all|every block|each block) (up|on top of each other|)",
        "i want a (tower|stack) of (all |)blocks",
        B=kind_plural("block", rng),
    )
    return Plain(blocks, sentence, programs.stack_any(), (("stacked",),))


_REGION_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("top left corner", ("top left corner", "top-left corner", "upper left corner", "far left corner", "left top corner", "top left", "back left corner")),
    ("top right corner", ("top right corner", "top-right corner", "upper right corner", "far right corner", "right top corner", "top right", "back right corner")),
    ("bottom left corner", ("bottom left corner", "bottom-left corner", "lower left corner", "near left corner", "left bottom corner", "bottom left", "front left corner")),
    ("bottom right corner", ("bottom right corner", "bottom-right corner", "lower right corner", "near right corner", "right bottom corner", "bottom right", "front right corner")),
    ("left side", ("left side", "left", "left edge", "left part", "left half", "left hand side", "left-hand side", "left border")),
    ("right side", ("right side", "right", "right edge", "right part", "right half", "right hand side", "right-hand side", "right border")),
    ("top side", ("top side", "top", "top edge", "far side", "far end", "back", "upper side", "far edge")),
    ("bottom side", ("bottom side", "bottom", "bottom edge", "near side", "near end", "front", "lower side", "near edge")),
    ("middle", ("middle", "middle", "center", "centre", "central area", "middle part")),
)  # fmt: skip
_OF_TABLE = "(of the table|of the workspace|of the desk|of the board|of the scene|of the area||||||||)"
_TO_REGION = f"({_PUT}|slide|push) <X> (to|to|to|in|into|at|over to|onto|towards|on) the <R> {_OF_TABLE}"


def _region(draw: Draw) -> tuple[str, str]:
    weights = [2, 2, 2, 2, 1, 1, 1, 1, 2]
    name, words = draw.rng.choices(_REGION_WORDS, weights)[0]
    return name, words[0] if draw.rng.random() < 0.5 else draw.rng.choice(words)


def family_region(draw: Draw) -> Plain:
    rng = draw.rng
    item = draw.names(draw.movable())[0]
    region, words = _region(draw)
    name, x, only = item, refer(item, rng), ()
    if rng.random() < 0.08:
        name = item.split(" ")[1]
        x, only = f"the {name}", (name,)
    sentence = draw.say(
        _TO_REGION,
        _TO_REGION,
        _TO_REGION,
        f"{_TAKE} <X> {_THEN} {_PUT} it (to|in|at|into) the <R> {_OF_TABLE}",
        "<X> (to|in|into|at) the <R>",
        f"<X> (should go|goes|must go|has to go|should be|needs to be|is to go) (to|in|at) the <R> {_OF_TABLE}",
        f"in the <R> {_OF_TABLE}, (put|place) <X>",
        f"(i want|i'd like|have|get) <X> (in|at|to be in) the <R> {_OF_TABLE}",
        f"(find|locate) <X> {_THEN} (bring|move|carry) it to the <R>",
        X=x,
        R=words,
    )
    return Plain(
        (item,), sentence, programs.to_region(name, region), (("at", item, region),), only=only, extra_blocks=4
    )


def family_region_all(draw: Draw) -> Plain:
    rng = draw.rng
    blocks = draw.names(*["block"] * rng.choice((1, 2, 2, 3, 3, 4)))
    region, words = _region(draw)
    verb = "(put|place|move|bring|gather|collect|push|shift|carry|sweep|slide|relocate|get|send|transfer|arrange|group)"
    sentence = draw.say(
        f"{verb} {_EACH} <B> (to|to|in|into|at|over to|on) the <R> {_OF_TABLE}",
        f"{verb} {_EACH} <B> (to|to|in|into|at|over to|on) the <R> {_OF_TABLE}",
        f"{verb} (each|every|every single) block (to|in|into|at) the <R> {_OF_TABLE}",
        f"{_TAKE} {_EACH} <B> {_THEN} {verb} them (to|in|into|at) the <R>",
        f"{_EACH} <B> (go|should go|belong|should be|need to be|have to go|must end up) (to|in|at) the <R> {_OF_TABLE}",
        "<B> (to|in) the <R>",
        f"in the <R>, (put|place|collect) {_EACH} <B>",
        f"(i want|i'd like|have) (all the|all|the) <B> (in|at) the <R> {_OF_TABLE}",
        B=kind_plural("block", rng),
        R=words,
    )
    return Plain(blocks, sentence, programs.all_to_region("block", region), (("all_at", region),),
                 retry=programs.rest_to_region("block", region))  # fmt: skip


def family_line(draw: Draw) -> Plain:
    rng = draw.rng
    blocks = draw.names(*["block"] * rng.choice((2, 3, 3, 4, 4, 5)))
    plural = kind_plural("block", rng)
    vertical = rng.random() < 0.35
    line = "(line|row|line)" if not vertical else "(line|column|row|line)"
    word = (
        "(vertical|vertical|front to back|lengthwise)"
        if vertical
        else "(horizontal|horizontal|left to right|side to side|crosswise)"
    )
    if rng.random() < 0.30:
        count = rng.choice((2, 3, 3, 4))
        blocks = draw.names(*["block"] * count)
        colors = [b.split(" ")[0] for b in blocks]
        shown = listing(colors if rng.random() < 0.6 else [rng.choice(("", "the ")) + b for b in blocks], rng)
        start = rng.choice(("left", "left", "left", "right", "top", "bottom"))
        way = {
            "left": "(from left to right|from left to right|left to right|starting at the left|starting from the left|beginning on the left|)",
            "right": "(from right to left|right to left|starting at the right|starting from the right|beginning on the right)",
            "top": "(from top to bottom|top to bottom|from back to front|from far to near|starting at the top|starting from the far side)",
            "bottom": "(from bottom to top|bottom to top|from front to back|from near to far|starting at the bottom|starting from the near side)",
        }[start]
        verb = "(line up|arrange|put|place|set up|order|lay out|align)"
        sentence = draw.say(
            f"{verb} the blocks in (a line|a row|line)(,| in the order|:|, in this order:) <L> {way}",
            f"{verb} the blocks in (a line|a row) {way}(:|) <L>",
            f"line up <L> {way}",
            f"(make|form|build) a (row|line) {way}(:| of) <L>",
            f"{verb} <L> in (a row|a line) {way}",
            L=shown,
        )
        names = tuple(blocks if start in ("left", "top") else blocks[::-1])
        goal = ("row", "y" if start in ("left", "right") else "x", *names)
        return Plain(blocks, sentence, programs.line(start, blocks), (goal,), extra_blocks=1)
    if not vertical and rng.random() < 0.55:
        sentence = draw.say(
            "(line up|align|line up) (all the|all|the|all of the|) <B> (in a row|in a line|neatly|side by side|next to one another|)",
            "(put|place|arrange|set|lay|order|organize|lay out|set up|bring|move|get) (all the|all|the|all of the) <B> (in|into|in|as) (a line|a row|one line|one row|a straight line|a straight row|a neat row|a single row)",
            "(make|form|build|create) (a|one|a straight) (row|line) (of|with|from|out of|using) (all the|all|the|) <B>",
            "(put|place|arrange|set|lay) (all the|all|the) <B> (side by side|beside each other|beside one another|next to one another)",
            "(all|all the|the) <B> (should be|must be|should stand|need to be) (in|on) (a line|a row|one line|line)",
            "(line|row) up (the|all the|) <B>",
            B=plural,
        )
    else:
        sentence = draw.say(
            "(line up|align|arrange|order) (all the|all|the) <B> (<W>ly|in a <W> <L>|along a <W> <L>|<W>)",
            "(put|place|arrange|set|lay|lay out|set up|move|organize) (all the|all|the) <B> (in|into|on|along|as) (a|one) <W> <L>",
            "(make|form|build|create) a <W> <L> (of|with|from|out of|using) (all the|all|the|) <B>",
            "(all|all the|the) <B> (should be|must be|should stand|need to be) (in|on) a <W> <L>",
            B=plural,
            W=expand(word, rng),
            L=expand(line, rng),
        )
    if vertical and rng.random() < 0.25:
        sentence = draw.say(
            "(put|arrange|place|set|line up) (all the|all|the) <B> in (a column|a single column|one column|columns)",
            "(make|form|build) a column (of|with|from|out of) (all the|all|the|) <B>",
            "(line up|arrange|put) (all the|all|the) <B> one behind (the other|another)",
            B=plural,
        )
    sentence = sentence.replace("left to rightly", "horizontally").replace("side to sidely", "horizontally")
    sentence = sentence.replace("front to backly", "vertically").replace("lengthwisely", "lengthwise")
    sentence = sentence.replace("crosswisely", "crosswise")
    goal = ("row", "x" if vertical else "y")
    return Plain(blocks, sentence, programs.line("bottom" if vertical else "left"), (goal,))


def family_pyramid(draw: Draw) -> Plain:
    rng = draw.rng
    left, right, top = draw.colors(3)
    names = [f"{c} block" for c in (left, right, top)]
    build = "(build|make|create|construct|form|assemble|put together|erect)"
    some = "(a|a|a small|a little|one|a three-block|a 3-block)"
    roll = rng.random()
    if roll < 0.3:
        sentence = draw.say(
            f"{build} {some} pyramid",
            f"{build} {some} pyramid (of|from|with|out of|using) (the|the three|the 3|all the|all three|three|3|these|) <B>",
            "(arrange|stack|put|pile|place|set up) (the|the three|all the|all) <B> (in|into|as|to form|in the shape of|like|to make) a pyramid",
            "(use|take) (the|all|the three) <B> to (make|build|form) a pyramid",
            "(i want|i'd like|we need) a pyramid (of|from|made of|made from) (the |three |)<B>",
            "(two|2) <B> (at the bottom|on the bottom|below|as the base|side by side) and (one|the third|the third one) on top",
            "pyramid (of|from|with) (the|) <B>",
            B=kind_plural("block", rng),
        )
        return Plain(names, sentence, programs.pyramid(None), (("pyramid",),))
    if roll < 0.4:
        sentence = draw.say(
            f"{build} {some} pyramid (with|, with|that has|having) (the |)<T> (block |one |)(on top|at the top|as the top|on the top|as the tip)",
            f"{build} {some} pyramid (of|from|out of) the blocks(,| with| so that|:) <T> (block |)(on top|at the top|is on top|is the top)",
            "(put|place) the <T> block on top of a pyramid (of|made from|with) the blocks",
            T=top,
        )
        return Plain(names, sentence, programs.pyramid(None, top), (("pyramid", names[2]),))
    lr = rng.choice((f"{left} and {right}", f"{left} block and {right} block", f"the {left} and {right} blocks",
                     f"the {left} block and the {right} block", f"{left} and {right} blocks", f"{left}, {right}"))  # fmt: skip
    t = rng.choice((top, f"{top} block", f"the {top} block", f"the {top} one"))
    sentence = draw.say(
        f"{build} {some} pyramid (with|, with|from|of|:|, |) <LR> (at the bottom|on the bottom|as the base|below|at the base|as the bottom|forming the base) (and|,|, and) <T> (on top|at the top|on the top|above|as the top)",
        f"{build} {some} pyramid (with|, with|:|, |) <T> (on top|at the top|as the top) (and|,|, and|of) <LR> (at the bottom|on the bottom|as the base|below|at the base)",
        f"{build} {some} pyramid(:|,) (base|bottom)(:|) <LR>, top(:|) <T>",
        "(put|place|set|lay) <LR> (next to each other|beside each other|side by side|at the bottom) and (put |place |stack |set |)<T> on (top|top of them|top of both|both|them) (to make a pyramid|like a pyramid|)",
        f"{build} {some} pyramid (out of|from|with|of) <LR> and <T>",
        f"{build} {some} pyramid (out of|from|with|of) (the |){left}, {right} and {top} (blocks|)",
        "(stack|put|place) <T> on top of <LR> (to make|to form|so that they form|in) a pyramid",
        LR=lr,
        T=t,
    )
    return Plain(names, sentence, programs.pyramid(names), (("pyramid", names[2]),))


_DIRECTIONS: dict[str, tuple[tuple[float, float], str, str]] = {
    "left": ((0.0, 1.0), "(to the left of|to the left of|left of|on the left of|on the left side of|to the left side of)", "(to the left|left|leftwards|to the left side)"),
    "right": ((0.0, -1.0), "(to the right of|to the right of|right of|on the right of|on the right side of|to the right side of)", "(to the right|right|rightwards|to the right side)"),
    "behind": ((1.0, 0.0), "(behind|behind|behind|beyond|on the far side of)", "(forward|forwards|away from (you|the robot)|away|ahead|further away)"),
    "front": ((-1.0, 0.0), "(in front of|in front of|in front of|on the near side of)", "(backward|backwards|towards (you|the robot)|closer|closer to the robot|nearer)"),
}  # fmt: skip


def _distance(rng: Random) -> tuple[str, float]:
    cm = rng.choice((3, 4, 5, 5, 6, 7, 8, 9, 10, 10, 11, 12, 13, 14, 15, 15, 16, 18, 20))
    if rng.random() < 0.15:
        return expand(f"{cm * 10} (mm|millimeters|millimetres)", rng), cm / 100
    if rng.random() < 0.08:
        return expand(f"0.{cm:02d} (m|meters|metres)", rng), cm / 100
    words = {5: "five", 10: "ten", 8: "eight", 15: "fifteen", 20: "twenty", 6: "six", 12: "twelve"}
    number = words[cm] if cm in words and rng.random() < 0.2 else str(cm)
    return expand(f"{number} (cm|cm|centimeters|centimetres|centimeter)", rng), cm / 100


def family_relative(draw: Draw) -> Plain:
    rng = draw.rng
    item, other = draw.names(draw.movable(), rng.choice(("block", "block", "bowl", "bowl", "cylinder", "tray", "zone")))
    side = rng.choice(tuple(_DIRECTIONS))
    (ux, uy), words, _ = _DIRECTIONS[side]
    x, y = refer(item, rng), refer(other, rng)
    if rng.random() < 0.6:
        shown, distance = _distance(rng)
        while distance < {"block": 0.06, "cylinder": 0.06, "tray": 0.14}.get(other.split(" ")[1], 0.12):
            shown, distance = _distance(rng)
        offset = (ux * distance, uy * distance)
        sentence = draw.say(
            f"{_PUT} <X> <D> {words} <Y>",
            f"{_PUT} <X> {words} <Y>(, at| at|,| by| with) (a distance of |) <D> (away|apart|)",
            f"<X> (should be|goes|must be|should go) <D> {words} <Y>",
            f"{_TAKE} <X> {_THEN} {_PUT} it <D> {words} <Y>",
            X=x,
            Y=y,
            D=shown,
        )
        return Plain((item, other), sentence, programs.beside(item, other, offset),
                     (("offset", item, other, *offset),), extra_blocks=2)  # fmt: skip
    distance = 0.1 if other.split(" ")[1] in ("block", "cylinder") else 0.15
    offset = (ux * distance, uy * distance)
    sentence = draw.say(
        f"{_PUT} <X> {words} <Y>",
        f"{_PUT} <X> {words} <Y>",
        f"<X> (should be|goes|must be|should stand) {words} <Y>",
        f"{_TAKE} <X> {_THEN} {_PUT} it {words} <Y>",
        X=x,
        Y=y,
    )
    return Plain((item, other), sentence, programs.beside(item, other, offset), (("side", item, other, side),),
                 extra_blocks=2)  # fmt: skip


def family_shift(draw: Draw) -> Plain:
    rng = draw.rng
    item = draw.names(draw.movable())[0]
    side = rng.choice(tuple(_DIRECTIONS))
    (ux, uy), _, words = _DIRECTIONS[side]
    shown, distance = _distance(rng)
    offset = (ux * distance, uy * distance)
    sentence = draw.say(
        f"(move|shift|push|slide|displace|nudge|carry|bring) <X> <D> {words}",
        f"(move|shift|push|slide|displace|carry|bring) <X> {words} by <D>",
        f"(move|shift|push|slide) <X> by <D> {words}",
        f"<X> (should move|moves|goes|must move) <D> {words}",
        f"{_TAKE} <X> {_THEN} (move|put|place) it <D> (further |more |){words}",
        X=refer(item, rng),
        D=shown,
    )
    sentence = expand(sentence, rng)
    return Plain((item,), sentence, programs.shift(item, offset), (("shifted", item, *offset),), extra_blocks=3)


def family_between(draw: Draw) -> Plain:
    rng = draw.rng
    item, first, second = draw.names(
        draw.movable(), *rng.choice((("block", "block"), ("bowl", "bowl"), ("bowl", "block")))
    )
    words = {"X": refer(item, rng), "A": refer(first, rng), "B": refer(second, rng)}
    sentence = draw.say(
        f"{_PUT} <X> (between|in between|halfway between|midway between|in the middle between|in the middle of) <A> and <B>",
        f"{_TAKE} <X> {_THEN} {_PUT} it (between|in between) <A> and <B>",
        "<X> (goes|should be|should go|must be) (between|in between|midway between) <A> and <B>",
        **words,
    )
    if first.split(" ")[1] == second.split(" ")[1] and rng.random() < 0.25:
        pair = f"{first.split(' ')[0]} and {second.split(' ')[0]} {first.split(' ')[1]}s"
        sentence = draw.say(f"{_PUT} <X> between the <P>", X=words["X"], P=pair)
    return Plain((item, first, second), sentence, programs.between(item, first, second),
                 (("between", item, first, second),), extra_blocks=2)  # fmt: skip


def family_swap(draw: Draw) -> Plain:
    rng = draw.rng
    a, b = draw.names("block", "block")
    sentence = draw.say(
        "(swap|exchange|switch|interchange) (the positions of |the places of |) <A> (and|with) <B>",
        "(swap|exchange|switch) <A> (and|with) <B>",
        "<A> and <B> should (swap|change|exchange|trade) places",
        "(let|make) <A> and <B> (swap|trade|change|switch) places",
        A=refer(a, rng),
        B=refer(b, rng),
    )
    return Plain((a, b), sentence, programs.swap(a, b), (("swapped", a, b),), extra_blocks=1)


def family_superlative(draw: Draw) -> Plain:
    rng = draw.rng
    target, *blocks = draw.names(draw.container(), *["block"] * rng.choice((2, 3, 4)))
    side = rng.choice(("leftmost", "rightmost", "farthest", "nearest"))
    words = {
        "leftmost": ("leftmost block", "block furthest to the left", "block on the far left", "left-most block"),
        "rightmost": ("rightmost block", "block furthest to the right", "block on the far right", "right-most block"),
        "farthest": ("farthest block", "block farthest away", "furthest block", "topmost block"),
        "nearest": ("nearest block", "closest block", "block closest to the robot", "bottommost block"),
    }[side]
    how, prep = _into(target)
    sentence = _put_sentence(draw, f"the {rng.choice(words)}", refer(target, rng), prep)
    item = f"{side} block"
    return Plain([target, *blocks], sentence, programs.put(item, target, how), (("superlative", side, target),))


def family_question(draw: Draw) -> Plain:
    rng = draw.rng
    kind = rng.choice(("block", "block", "bowl", "cylinder", "tray", "zone"))
    count = rng.choice((1, 2, 3, 3, 4)) if kind in ("block", "cylinder") else rng.choice((1, 2, 3))
    names = draw.names(*[kind] * count)
    plural = kind + "s"
    roll = rng.random()
    if roll < 0.55:
        sentence = draw.say(
            "how many <B> (are there|are on the table|do you see|are in the scene|are visible|are here|have we got|do we have)(?|)",
            "(count|tell me|say|report|what is) the number of <B>",
            "(tell me|say) how many <B> (there are|are there|you see|are on the table)",
            "count (all|) (the|) <B> (on the table|you see|)",
            "what's the count of <B>?",
            B=plural,
        )
        return Plain(names, sentence, programs.say(f'str(len(detect("{kind}")))'),
                     (("said", rf"\b{count}\b"), ("nothing",)), only=(kind,))  # fmt: skip
    if roll < 0.8:
        there = rng.random() < 0.5
        name = names[0]
        if not there:
            name = f"{rng.choice([c for c in COLORS if f'{c} {kind}' not in names])} {kind}"
        sentence = draw.say(
            "(is there|do you see|can you see|have we got|do we have) <X> (on the table|here|)(?|)",
            "(tell me|say) (if|whether) (there is|you see|you can see) <X>",
            X=article(name),
        )
        return Plain(names, sentence, programs.say(f'"yes" if detect("{name}") else "no"'),
                     (("said", "yes" if there else "no"), ("nothing",)), only=(kind,))  # fmt: skip
    sentence = draw.say(
        "(what do you see|what is on the table|what objects are there|which objects are on the table|describe the scene|"
        "list the objects|list all objects|name the objects|what's on the table|tell me what you see)(?|)"
    )
    return Plain(
        names, sentence, programs.say('", ".join(o.name for o in detect())'), (("said", names[0]), ("nothing",))
    )


FAMILIES: dict[str, tuple[Callable[[Draw], Plain], float]] = {
    "put": (family_put, 14),
    "absent": (family_absent, 3),
    "put-two": (family_put_two, 5),
    "matching": (family_matching, 8),
    "mismatched": (family_mismatched, 2),
    "all-in": (family_all_in, 6),
    "stack-two": (family_stack_two, 15),
    "stack-order": (family_stack_order, 14),
    "stack-any": (family_stack_any, 3),
    "region": (family_region, 6),
    "region-all": (family_region_all, 5),
    "line": (family_line, 7),
    "pyramid": (family_pyramid, 9),
    "relative": (family_relative, 6),
    "shift": (family_shift, 3),
    "between": (family_between, 2),
    "swap": (family_swap, 0.5),
    "superlative": (family_superlative, 1.5),
    "question": (family_question, 2),
}


def draw_sample(rng: Random, family: str | None = None) -> Sample:
    """One random example, of the given family or of one drawn by its weight."""
    if family is None:
        names = list(FAMILIES)
        family = rng.choices(names, [FAMILIES[n][1] for n in names])[0]
    plain = FAMILIES[family][0](Draw(rng))
    objects = _fill(plain, rng)
    failed = rng.choice(RETRY_CODES) if family not in ("absent", "question") and rng.random() < 0.07 else None
    program = plain.retry if failed and plain.retry else plain.program
    return Sample(family, objects, polish(plain.sentence, rng), program, plain.goals, failed)


def _fill(plain: Plain, rng: Random) -> tuple[str, ...]:
    """The scene: what the job needs and bystanders that leave its meaning alone, in any order."""
    objects = list(plain.needed)
    banned = {word[1:] for word in plain.only if word.startswith("!")}
    kinds = [k for k in _KINDS if k not in plain.only and (k != "block" or plain.extra_blocks)]
    blocks_left = plain.extra_blocks
    for _ in range(rng.choice((0, 0, 1, 1, 2, 2, 3, 4))):
        kind = rng.choice(kinds)
        name = f"{rng.choice(COLORS)} {kind}"
        bulky = sum(not n.endswith(("block", "cylinder")) for n in objects)
        if name in objects or name in banned or len(objects) >= 9:
            continue
        if (kind not in ("block", "cylinder") and bulky >= _MOST_BULKY) or (kind == "block" and not blocks_left):
            continue
        blocks_left -= kind == "block"
        objects.append(name)
    rng.shuffle(objects)
    return tuple(objects)
