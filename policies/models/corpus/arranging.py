"""Families of figures and exchanges: lines, circles, pyramids, and things that change places."""

from __future__ import annotations

from .scene import Sample, Scene
from .subjects import all_of, quoted
from .wording import listing, say

_ARRANGE = "(put|place|arrange|set|arrange|lay out|organize|order|bring|move|position|lay)"
_MAKE = "(make|form|build|create|lay)"


def _row(code: str, shape: str, first: str = "") -> str:
    start = f', "{first}"' if first else ""
    return (
        f'things = {code}\nfor thing, spot in zip(things, spots("{shape}", things{start})):\n    pick(thing)\n'
        "    place_at(spot)"
    )


def line(scene: Scene) -> Sample:
    """A row or a line. Of blocks only rows: a line of all blocks is an unseen template."""
    rng = scene.rng
    kind = "block" if rng.random() < 0.35 else scene.item_kind()
    scene.several(kind, rng.choice((3, 3, 4)))
    scene.closed |= {kind, "bowl", "tray"}
    if rng.random() < 0.3:
        scene.add("bowl")
    things = all_of(scene, kind)
    noun = rng.choice(("row", "row", "line", "line", "line", "straight line"))
    if kind == "block":
        noun = rng.choice(("row", "row", "straight row", "file", "formation"))
    meaning, shape = "any", rng.choice(("horizontal", "vertical", ""))
    if rng.random() < 0.45:
        meaning = rng.choice(("horizontal", "vertical", "diagonal"))
        shape = scene.invent(meaning)
    elif shape:
        meaning = shape
    a = "an" if f"{shape or noun}"[0] in "aeiou" else "a"
    words = say(
        rng,
        f"{_ARRANGE} <A> in {a} <S> <N>",
        f"{_ARRANGE} <A> in {a} <S> <N>",
        f"{_ARRANGE} <A> (into|to form|so that they form|so they make|as) {a} <S> <N>",
        f"{_MAKE} {a} <S> <N> (of|from|out of|with) <A>",
        f"<A> (should|must) (stand|be|lie) in {a} <S> <N>",
        f"(i want|i'd like|we need) {a} <S> <N> of <A>",
        f"{a} <S> <N> of <A>",
        "line up <A> <V>" if shape in ("horizontal", "vertical") and kind != "block" else f"{_ARRANGE} <A> in {a} <S> <N>",
        f"{_ARRANGE} <A> <V>" if shape in ("horizontal", "vertical") else f"{_ARRANGE} <A> in {a} <S> <N>",
        group="line" if shape else "", A=things, S=shape, N=noun, V=f"{shape}ly",
    )  # fmt: skip
    roll = rng.random()
    if not shape and roll < 0.6:
        words = say(rng, "line up <A>", "line <A> up", "(put|place|set) <A> (side by side|next to (each other|one another)"
                    "|one beside (the other|another))", "(align|row up) <A>", "<A> (should be|must be) lined up",
                    "(arrange|put) <A> in a (row|neat row|nice row|row next to each other)", group="row", A=things)  # fmt: skip
    if meaning == "vertical" and shape == "vertical" and roll < 0.2:
        words = say(rng, "(arrange|put|place) <A> in a column", "make a column (of|from) <A>",
                    "(arrange|put) <A> one behind the other", group="column", A=things)  # fmt: skip
    code_shape = shape or "horizontal"
    goal_kind = meaning if shape else "any"
    return Sample("line", (), words, _row(f'detect("{kind}")', code_shape), f"line({kind}, {goal_kind})")


def some_line(scene: Scene) -> Sample:
    """A line of things that are named, beside others."""
    rng = scene.rng
    kind = scene.item_kind()
    names = scene.several(kind, 3)
    scene.several(kind, rng.choice((0, 1)))
    scene.closed |= {kind, "bowl", "tray"}
    shape = rng.choice(("horizontal", "vertical"))
    meaning = shape
    if rng.random() < 0.5:
        meaning = rng.choice(("horizontal", "vertical", "diagonal"))
        shape = scene.invent(meaning)
    colors = [n.split()[0] for n in names]
    who = rng.choice(
        (f"the {listing(colors, rng)} {kind}s", listing([f"the {n}" for n in names], rng), listing(names, rng))
    )
    noun = "row" if kind == "block" else rng.choice(("line", "row"))
    words = say(rng, f"{_ARRANGE} <A> in a <S> <N>", f"{_MAKE} a <S> <N> (of|from|out of) <A>",
                "<A> (should|must) form a <S> <N>", group="line", A=who, S=shape, N=noun)  # fmt: skip
    goal = f"line({kind}, {meaning})" if len([t for t in scene.things if t.endswith(f" {kind}")]) == 3 else ""
    if not goal:
        scene.things[:] = [t for t in scene.things if t in names or not t.endswith(f" {kind}")]
        goal = f"line({kind}, {meaning})"
    return Sample("some-line", (), words, _row(quoted(names), shape), goal)


def circle(scene: Scene) -> Sample:
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, rng.choice((3, 4, 4)))
    scene.closed |= {kind, "bowl", "tray", "zone"}
    shape = rng.choice(("circle", "circle", "ring"))
    words = say(rng, f"{_ARRANGE} <A> in a <S>", f"{_MAKE} a <S> (of|from|out of|with) <A>", "<A> (should|must) form a <S>",
                f"{_ARRANGE} <A> (so that they form|to form|as|into) a <S>", group="circle", A=all_of(scene, kind), S=shape)  # fmt: skip
    return Sample("circle", (), words, _row(f'detect("{kind}")', shape), f"circle({kind})")


_PILE = (
    'things = {}\nfor thing, spot in zip(things, spots("pyramid", things)):\n    pick(thing)\n'
    "    place_at(spot, yaw=0)"
)  # fmt: skip


def pyramid(scene: Scene) -> Sample:
    """Two side by side and a third on both; at times it is said which."""
    rng = scene.rng
    kind = "block" if rng.random() < 0.8 else scene.item_kind()
    while kind == "cylinder":
        kind = scene.item_kind()
    names = scene.several(kind, 3)
    scene.closed |= {kind, "bowl", "tray"}
    left, right, top = (n.split()[0] for n in names)
    noun = scene.noun(kind, True)
    build = "(build|make|create|construct|form|assemble|put together|erect|raise)"
    some = "(a|a|a|a small|a little|one|a three-block|a nice)"
    if rng.random() < 0.35:
        words = say(
            rng,
            f"{build} {some} pyramid",
            f"{build} {some} pyramid (of|from|with|out of|using) (the|the three|the 3|all the|three|3|these|) <B>",
            "(arrange|stack|put|pile|place|set up) (the|the three|all the|all) <B> (in|into|as|to form|in the shape of|like|"
            "to make) a pyramid",
            "(use|take) (the|all|the three) <B> to (make|build|form) a pyramid",
            "(i want|i'd like|we need) a pyramid (of|from|made of|made from) (the |three |)<B>",
            "(two|2) <B> (below|as the base|side by side) and (one|the other one|the last one) on top",
            "pyramid (of|from|with) (the|) <B>",
            group="pyramid-all",
            B=noun,
        )
        return Sample("pyramid", (), words, _PILE.format(f'detect("{kind}")'), "pyramid(*)")
    t = rng.choice((top, f"{top} {kind}", f"the {top} {kind}", f"the {top} one"))
    if rng.random() < 0.4:
        words = say(
            rng,
            f"{build} {some} pyramid (with|, with|that has|having) <T> (on top|at the top|as the top|as its top|as the tip)",
            f"{build} {some} pyramid (of|from|out of) the {noun}(,| with| so that|:) <T> (on top|at the top|is on top)",
            "(put|place) <T> on top of a pyramid (of|made from|with) the {noun}".replace("{noun}", noun),
            f"{build} {some} pyramid (whose top is|topped by|crowned by) <T>",
            group="pyramid-top",
            T=t,
            B=noun,
        )
        code = f'sorted(detect("{kind}"), key=lambda t: t.color == "{top}")'
        return Sample("pyramid", (), words, _PILE.format(code), f"pyramid({names[2]})")
    both = rng.choice((f"{left} and {right}", f"{left} {kind} and {right} {kind}", f"the {left} and {right} {noun}",
                       f"the {left} {kind} and the {right} {kind}", f"{left}, {right}"))  # fmt: skip
    end = rng.choice(("base", "floor", scene.invent("base")))
    words = say(
        rng,
        f"{build} {some} pyramid (with|, with|from|of|:|,|) <L> (as the base|below|at the {end}|at the {end}|forming the base|"
        "underneath) "
        "(and|,|, and|) <T> (on top|at the top|above|as the top)",
        f"{build} {some} pyramid (with|, with|:|,|) <T> (on top|at the top|as the top) (and|,|, and|of) <L> (as the base|"
        "below|at the base|underneath)",
        f"{build} {some} pyramid(:|,) base(:|) <L>, top(:|) <T>",
        f"{build} {some} pyramid(:|,) <L> (side by side|next to each other|beside each other), <T> (on top|on both|above)",
        "(put|place|set|lay) <L> (next to each other|beside each other|side by side) and (put |place |stack |set |)<T> on "
        "(top|top of them|top of both|both|them)",
        f"{build} {some} pyramid (out of|from|with|of) <L> and <T>",
        f"{build} {some} pyramid (out of|from|with|of) (the |){left}, {right} and {top} ({noun}|)",
        "(stack|put|place) <T> on top of <L> (to make|to form|so that they form|in) a pyramid",
        group="pyramid-told",
        L=both,
        T=t,
    )
    return Sample("pyramid", (), words, _PILE.format(quoted(names)), f"pyramid({names[2]})")


def swap(scene: Scene) -> Sample:
    """Two things change places."""
    rng = scene.rng
    kind = scene.item_kind()
    a, b = scene.add(kind), scene.add(kind if rng.random() < 0.7 else scene.item_kind())
    words = say(
        rng,
        "(swap|exchange|switch|interchange) (the positions of |the places of |) <A> (and|with) <B>",
        "(swap|exchange|switch) <A> (and|with) <B>",
        "<A> and <B> should (swap|change|exchange|trade) places",
        "(let|make) <A> and <B> (swap|trade|change|switch) places",
        "(put|move) <A> where <B> is and <B> where <A> is",
        group="swap",
        A=scene.refer(a, plain=rng.random() < 0.5),
        B=scene.refer(b, plain=rng.random() < 0.5),
    )
    return Sample("swap", (), words, swap_program(a, b), f"swap({a}, {b})")


def swap_program(a: str, b: str) -> str:
    return (
        f'a = find("{a}")\nb = find("{b}")\npick(a)\nplace_at("middle")\npick(b)\nplace_at(a.position)\npick(a)\n'
        "place_at(b.position)"
    )
