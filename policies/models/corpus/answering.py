"""Families that answer a question with `say`."""

from __future__ import annotations

from random import Random

from .scene import Sample, Scene
from .subjects import SINGLE, draw
from .vocabulary import plural
from .wording import article, say


def how_many(scene: Scene) -> Sample:
    rng = scene.rng
    kind = rng.choice(("block", "bowl", "cylinder", "tray", "zone", scene.item_kind()))
    count = rng.choice((1, 2, 3)) if kind in ("tray", "zone", "bowl") else rng.choice((1, 2, 3, 3, 4))
    what, told = kind, ""
    if rng.random() < 0.15:
        color = scene.color()
        kinds = [kind] * count
        kinds[-1:] = [scene.item_kind()]
        scene.things += [f"{color} {k}" for k in kinds]
        scene.closed.add(color)
        what, told = f"{color} object", f"{color} {rng.choice(('things', 'objects', 'items', 'things'))}"
    elif rng.random() < 0.3:
        color = scene.color()
        what = f"{color} {kind}"
        scene.things += [what] * count
        scene.closed |= {color, kind}
    else:
        scene.several(kind, count)
        scene.closed.add(kind)
    words = say(
        rng,
        "how many <B> (are there|are on the table|do you see|are in the scene|are visible|are here|have we got|do we have)",
        "(count|tell me|say|report|what is) the number of <B>",
        "(tell me|say) how many <B> (there are|are there|you see|are on the table)",
        "count (all|) (the|) <B> (on the table|you see|)",
        "what's the count of <B>",
        "how many <B>",
        group="count",
        B=told or plural(what),
    )
    return Sample("how-many", (), _mark(words, rng), f'say(len(detect("{what}")))', f"say(\\b{count}\\b); home(*)")


def _mark(words: str, rng: Random) -> str:
    return words + ("?" if rng.random() < 0.6 and words.startswith(("how", "what", "is", "do", "are")) else "")


def is_there(scene: Scene) -> Sample:
    rng = scene.rng
    kind = rng.choice(("block", "bowl", "cylinder", scene.item_kind()))
    names = scene.several(kind, rng.choice((1, 2)))
    there = rng.random() < 0.5
    name = rng.choice(names) if there else f"{scene.color()} {kind}"
    if rng.random() < 0.3:
        other = scene.item_kind()
        name, there = (kind, True) if rng.random() < 0.5 or other == kind else (other, False)
        scene.closed.add(other)
    scene.closed |= {kind, name.split()[0]}
    words = say(
        rng,
        "(is there|do you see|can you see|have we got|do we have) (any <X>|<A>) (on the table|here|)",
        "(tell me|say) (if|whether) (there is|you see|you can see) <A>",
        group="is-there", X=name, A=article(name),
    )  # fmt: skip
    answer = "yes" if there else "no"
    return Sample(
        "is-there", (), _mark(words, rng), f'say("yes" if detect("{name}") else "no")', f"say({answer}); home(*)"
    )


def compare(scene: Scene) -> Sample:
    rng = scene.rng
    a, b = rng.choice(
        (("block", "bowl"), ("cylinder", "block"), (scene.item_kind(), "zone"), (scene.item_kind(), "bowl"))
    )
    if a == b:
        a, b = "block", "bowl"
    na, nb = rng.choice((1, 2, 3, 4)), rng.choice((1, 2, 3))
    scene.several(a, na)
    scene.several(b, nb)
    scene.closed |= {a, b}
    sign, word, true = rng.choice(((">", "more", na > nb), ("<", "fewer", na < nb), ("==", "as many", na == nb)))
    than = "as" if word == "as many" else "than"
    words = say(rng, "are there <M> <A> <T> <B>", "do you see <M> <A> <T> <B>", "(is it true that|tell me if) there are <M> "
                "<A> <T> <B>", group="compare" if than == "than" else "", M=word, A=plural(a), B=plural(b), T=than)  # fmt: skip
    code = f'say("yes" if len(detect("{a}")) {sign} len(detect("{b}")) else "no")'
    return Sample("compare", (), _mark(words, rng), code, f"say({'yes' if true else 'no'}); home(*)")


def tell_names(scene: Scene) -> Sample:
    """What is in view, or what lies in some relation, by name or colour."""
    rng = scene.rng
    roll = rng.random()
    if roll < 0.12:
        name = scene.add(rng.choice((scene.item_kind(), scene.holder_kind())))
        kind = name.split()[1]
        scene.closed.add(kind)
        words = say(rng, "(what|which) color (is|has) the <K>", "(tell me|say|name) the color of the <K>", "the <K>, what "
                    "color is it", "what's the <K>'s color", K=scene.noun(kind))  # fmt: skip
        code = f'say(find("{name}").color)'
        return Sample("names", (), _mark(words, rng), code, f"say({name.split()[0]}); home(*)")
    if roll < 0.35:
        names = scene.several(scene.item_kind(), rng.choice((1, 2, 3)))
        words = say(rng, "(what do you see|what is on the table|what objects are there|which objects are on the table|"
                    "describe the scene|list the objects|list all objects|name the objects|what's on the table|what is there"
                    "|which things do you see|tell me what you see|name everything that you see)", group="list")  # fmt: skip
        return Sample("names", (), _mark(words, rng), 'say(", ".join(thing.name for thing in detect()))',
                      f"say({names[0]}); home(*)")  # fmt: skip
    if roll < 0.6:
        kind = rng.choice(("block", "bowl", scene.item_kind()))
        names = scene.several(kind, rng.choice((2, 3)))
        scene.closed.add(kind)
        noun = plural(kind)
        if rng.random() < 0.5:
            words = say(rng, "(which|what) <N> (are there|do you see|can you see|are on the table)", "(list|name) (all |)(the "
                        "|)<N>", N=noun)  # fmt: skip
            field = "name"
            goals = "; ".join(f"say({n})" for n in names)
        else:
            words = say(rng, "what color (are|have) the <N>", "(which|what) colors (are|do) the <N>( have|)", "(tell me|name) "
                        "the colors of the <N>", group="colors-of", N=noun)  # fmt: skip
            field = "color"
            goals = "; ".join(f"say({n.split()[0]})" for n in names)
        code = f'say(", ".join(thing.{field} for thing in detect("{kind}")))'
        return Sample("names", (), _mark(words, rng), code, goals + "; home(*)")
    subject = draw(scene, SINGLE[1:])
    bare = subject.words.removeprefix("the ")
    if roll < 0.8:
        words = say(rng, "(which|what) (is|one is) the <X>", "(name|tell me) the <X>", "which {k} is the <X>".replace(
                    "{k}", subject.kind), X=bare)  # fmt: skip
        return Sample("names", (), _mark(words, rng), f"say({subject.code}.name)", f"say({subject.goal}); home(*)")
    words = say(rng, "what color (is|has) the <X>", "(tell me|say|name) the color of the <X>", X=bare)
    return Sample("names", (), _mark(words, rng), f"say({subject.code}.color)", f"say(color({subject.goal})); home(*)")
