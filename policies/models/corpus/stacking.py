"""Families of towers: of all things of a kind, in an order, at a place, of some of them, and taken apart."""

from __future__ import annotations

from random import Random

from .destinations import region
from .scene import Sample, Scene
from .subjects import all_of, quoted
from .wording import expand, framed, listing, say

_OTHERS = 0.6  # share of orders told in frames
_BUILD = "(build|make|create|form|construct|erect|raise|assemble|set up)"
_TOWER = "(tower|stack|pile|column|single tower|high tower)"
_STACK = "(stack|stack|stack|pile|heap|stack up|pile up|tower up)"


def tower(names: str, start: str = "") -> str:
    first = f"pick(things[0])\n{start}\n" if start else ""
    return (
        f"things = {names}\n{first}for below, above in zip(things, things[1:]):\n    pick(above)\n    place_on(below)"
    )


def _things(scene: Scene, most: int = 4) -> tuple[str, list[str]]:
    rng = scene.rng
    kind = "block" if rng.random() < 0.6 else scene.item_kind()
    names = scene.several(kind, rng.randint(2, most))
    scene.closed.add(kind)
    return kind, names


def stack_all(scene: Scene) -> Sample:
    """All things of a kind, in any order."""
    rng = scene.rng
    kind, names = _things(scene)
    number = {2: "two", 3: "three", 4: "four"}[len(names)]
    noun = scene.noun(kind, several=True)
    words = say(
        rng,
        f"{_STACK} <A>( up| on top of each other| on one another| on top of one another| into a tower| in one stack|)",
        f"{_STACK} <A>",
        f"{_BUILD} (a|one) {_TOWER} (of|from|out of|with|using) <A>",
        "(put|place|set) <A> on top of (each other|one another)",
        "<A> (should be|must be|have to be|need to be) (stacked|piled up|in a tower|on top of each other)",
        f"(i want|i'd like|we need|give me) a {_TOWER} (of|from|made of|made out of) <A>",
        f"{_STACK} (the|all|these|all the) {number} {noun}",
        f"(let|make) <A> (be|become|form) a {_TOWER}",
        f"{_TOWER} of <A>",
        "(use|take) <A> (to build|to make|for) a tower",
        group="stack-all",
        A=all_of(scene, kind),
    )
    return Sample("stack-all", (), words, tower(f'detect("{kind}")'), f"tower({kind})")


def stack_at(scene: Scene) -> Sample:
    """A tower of things at a part of the table. Blocks only some of them: all of them there is an unseen template."""
    rng = scene.rng
    kind = scene.item_kind()
    while kind == "block":
        kind = scene.item_kind()
    place = region(scene)
    if rng.random() < 0.75:
        scene.several(kind, rng.choice((2, 3, 3)))
        scene.closed.add(kind)
        who, code, goal = all_of(scene, kind), f'detect("{kind}")', kind
    else:
        names = scene.several(kind, rng.choice((2, 3)))
        who, code, goal = listing([scene.refer(n) for n in names], rng), quoted(names), kind
        scene.closed.add(kind)
    words = say(
        rng,
        f"{_STACK} <A> <D>",
        f"{_STACK} <A> <D>",
        f"{_STACK} <A> on top of (each other|one another) <D>",
        f"{_BUILD} a {_TOWER} (of|from|out of|with) <A> <D>",
        f"<D> {_BUILD} a {_TOWER} (of|from) <A>",
        f"<D>, {_STACK} <A>",
        "<A> (should be|must be) stacked <D>",
        group="stack-at",
        A=who,
        D=place.words,
    )
    where = place.goal("x").removeprefix("at(x, ").removesuffix(")")
    return Sample("stack-at", (), words, tower(code, place.call), f"tower({goal}, {where})")


def stack_order(scene: Scene) -> Sample:
    """A tower in a given order, told upwards or downwards."""
    rng = scene.rng
    kind, names = _things(scene)
    if len(names) == 2 or rng.random() < 0.2:
        names.append(scene.add(kind))
    colors = [n.split()[0] for n in names]
    up = rng.random() < 0.62
    order = colors if up else colors[::-1]
    noun = scene.noun(kind, several=True)
    told = _names_told(order, noun, kind, rng)
    n = {2: "two", 3: "three", 4: "four", 5: "five"}.get(len(names), "all")
    # The usual word for the lower end is an unseen attribute of cap-tabletop; any word may stand there.
    end = rng.choice(("base", "floor", "table", "ground", "low", "foot", scene.invent("base"), scene.invent("base")))
    low = (
        f"(lowest|as the base|at the {end}|at the {end}|on the {end}|underneath|first|as the lowest|as the foundation)"
    )
    high = "(on top|topmost|at the top|highest|last)"
    if up:
        words = say(
            rng,
            "(stack|pile|stack up|pile up) <L>(,|) (in that order|in this order|in the given order)",
            f"(stack|pile|stack up) the {noun} (in this order |in the order |)from {end} to top(:|,|) <L>",
            f"{_BUILD} a {_TOWER}( of {noun}|)(,|:|) from (the |){end} to (the |)top(:|) <L>",
            f"{_BUILD} a {_TOWER}(:| from the base up:| upwards:) <L>",
            f"(stack|pile up) the {noun}(:|,| in this order:| in the order) <L>",
            f"(stack|pile) <L>( from the base up| upwards| going up|, starting with {order[0]}|, {order[0]} first)",
            f"{_BUILD} a {_TOWER} (with|that has) <F> {low}, then <R>",
            "first <F>, then <S> on it" + (f", then {_one(order[2], kind, rng)} on that" if len(order) > 2 else ""),
            f"(put|place|set|lay) <F> {low}(,| and) then <R>",
            f"stack the {n} {noun} (so that|such that|with) <F> (is|being|) {low} and <E> (is|being|) {high}"
            if len(order) == 2
            else "(stack|pile up) <L>, each on the (one before|previous one)",
            f"<L> (should|shall|must) (form|make|become) a tower, {order[0]} {low}",
            L=told,
            F=_one(order[0], kind, rng),
            S=_one(order[1], kind, rng),
            R=listing([_one(c, kind, rng) for c in order[1:]], rng, "then"),
            E=_one(order[-1], kind, rng),
        )
    else:
        words = say(
            rng,
            f"{_BUILD} a {_TOWER}(:|, from top down:| from the top down:| downwards:) <L> (from the top|downwards|from top "
            "to base|going down)",
            f"(stack|pile up) the {noun} (so that|such that) from the top (down |)(they are|it is|you see) <L>",
            f"{_BUILD} a {_TOWER} with <F> {high}, then <R>",
            f"(stack|pile) (up |)<L>, <F> {high}",
            "from the top down the (tower|stack) (should be|is|must be|reads) <L>",
            f"(stack|pile|stack up) the {noun} (in this order |in the order |)from top to {end}(:|,|) <L>",
            f"{_BUILD} a {_TOWER}( of {noun}|)(,|:|) from (the |)top to (the |){end}(:|) <L>",
            "<F> on (top of |)<S>" + (f", and <S> on (top of |){_one(order[2], kind, rng)}" if len(order) > 2 else ""),
            "(put|place|stack) <F> on <S>" + (f" on {order[2]}" if len(order) > 2 else ""),
            L=told,
            F=_one(order[0], kind, rng),
            S=_one(order[1], kind, rng),
            R=listing([_one(c, kind, rng) for c in order[1:]], rng, "then"),
        )
        if " on " in words and len(order) > 3 and not any(c in words for c in order[3:]):
            words = f"from the top down the tower should be {told}"
    if rng.random() < _OTHERS:
        group = "stack-up" if up else "stack-down"
        parts = {"L": told, "N": noun}
        if len(names) == 3 and rng.random() < 0.45:
            group, parts = "stack-chain-up", {k: _one(c, kind, rng) for k, c in zip("FSE", colors, strict=True)}
        words = framed(rng, group, parts)
    return Sample("stack-order", (), words, tower(quoted(names)), f"stack({', '.join(names)})")


def stack_partly(scene: Scene) -> Sample:
    """All things of a kind, of which only the lowest or the topmost is told."""
    rng = scene.rng
    kind, names = _things(scene)
    color = names[0].split()[0]
    lowest = rng.random() < 0.6
    told = {"A": all_of(scene, kind), ("F" if lowest else "E"): _one(color, kind, rng)}
    words = framed(rng, "stack-base" if lowest else "stack-top", told)
    code = f'sorted(detect("{kind}"), key=lambda t: t.color {"!=" if lowest else "=="} "{color}")'
    end = f"stack({names[0]}, *)" if lowest else f"clear({names[0]})"
    return Sample("stack-partly", (), words, tower(code), f"tower({kind}); {end}")


def _one(color: str, kind: str, rng: Random) -> str:
    return rng.choice((color, f"the {color} {kind}", f"the {color} {kind}", f"the {color} one", f"{color} {kind}"))


def _names_told(colors: list[str], noun: str, kind: str, rng: Random) -> str:
    roll = rng.random()
    if roll < 0.35:
        return listing([f"the {c} {kind}" if rng.random() < 0.6 else f"{c} {kind}" for c in colors], rng)
    if roll < 0.7:
        return listing(colors, rng)
    if roll < 0.85:
        return f"the {listing(colors, rng)} {noun}"
    return listing([f"the {c} one" for c in colors], rng)


def stack_some(scene: Scene) -> Sample:
    """A tower of the things of one colour, or of two that are named, beside others."""
    rng = scene.rng
    kind = scene.item_kind()
    if rng.random() < 0.5:
        color = scene.color()
        scene.things += [f"{color} {kind}"] * rng.choice((2, 2, 3))
        scene.several(kind, rng.choice((1, 2)))
        scene.closed |= {kind, color}
        who = rng.choice((f"the {color} {scene.noun(kind, True)}", f"all {color} {scene.noun(kind, True)}",
                          f"the {color} ones", f"the {color}s"))  # fmt: skip
        code, goal = f'detect("{color} {kind}")', f"tower({color} {kind})"
    else:
        names = scene.several(kind, rng.choice((2, 2, 3)))
        who = listing([scene.refer(n) for n in names], rng)
        code, goal = quoted(names), f"stack({', '.join(names)})"
        words = say(rng, f"{_BUILD} a {_TOWER} (of|from|out of|with) <A>, in that order", "(stack|pile up) <A> in that "
                    "order", "(stack|pile) <A>(, the first one lowest|, in this order|)", A=who)  # fmt: skip
        return Sample("stack-some", (), words, tower(code), goal)
    words = say(rng, f"{_STACK} <A>", f"{_BUILD} a {_TOWER} (of|from|out of) <A>", "<A> (should be|go) on top of each "
                "other", f"{_STACK} (only|just) <A>", A=who)  # fmt: skip
    return Sample("stack-some", (), words, tower(code), goal)


def unstack(scene: Scene) -> Sample:
    """Something that stands on another goes elsewhere, or all of a tower goes onto the table."""
    rng = scene.rng
    kind = "block" if rng.random() < 0.7 else "cylinder"
    upper, lower = scene.several(kind, 2)
    scene.things[:] = [f"{upper} on {lower}"]
    scene.closed.add(kind)
    target = f"{scene.color()} bowl"
    if rng.random() < 0.35:
        words = say(rng, "(unstack|take apart|dismantle|take down) the (<N>|tower|stack|pile)", "(take|get) the tower apart",
                    "no <O> may (stay|stand|be) on another( one|)", group="unstack", N=scene.noun(kind, True), O=kind)  # fmt: skip
        code = (
            f'for thing in sorted(detect("{kind}"), key=lambda t: -t.top):\n    if thing.z > 0.04:\n        pick(thing)\n'
            '        place_at("middle")'
        )
        return Sample("unstack", (f"{upper} on {lower}",), words, code, f"unstack({kind})")
    who = rng.choice((f"the {upper}", f"the {upper}", upper, f"the top {kind}", f"the upper {kind}",
                      f"the {kind} on top", f"the {kind} (that is|which stands) on (top of |)the {lower}"))  # fmt: skip
    words = say(
        rng,
        "(put|move|get|place) <X> in <T>",
        f"(take|lift) <X> off (the {lower}|the tower|the stack|the other one) and (put|drop|place) it in <T>",
        "<X> (goes|belongs|should go) in(to|) <T>",
        X=expand(who, rng),
        T=rng.choice((f"the {target}", target)),
    )
    return Sample("unstack", (f"{upper} on {lower}", target), words, f'pick("{upper}")\nplace_in("{target}")',
                  f"in({upper}, {target})")  # fmt: skip
