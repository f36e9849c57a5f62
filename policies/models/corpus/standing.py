"""Families of what stands on something from the start: taken off, added to, turned over, asked about."""

from __future__ import annotations

from random import Random

from .destinations import into
from .layout import scene_things
from .scene import Sample, Scene
from .wording import listing, say

_PILE = "(stack|stack|tower|pile|column)"
_ON = ("on", "on top of", "upon", "atop", "standing on", "sitting on", "that is on", "that stands on")
_UNDER = ("under", "below", "beneath", "underneath", "that is under", "supporting", "that carries")
_CHANCE = 0.07  # that of two things which no command speaks of one stands on the other


def standing(scene: Scene) -> Sample:
    """A command about two things of which one stands on the other."""
    rng = scene.rng
    kind = "block" if rng.random() < 0.6 else scene.item_kind()
    lower, upper = scene.add(kind), scene.add(kind if rng.random() < 0.8 else scene.item_kind())
    return rng.choice((_off, _lower, _grown, _grown, _turned, _asked, _asked, _described))(scene, lower, upper)


def _made(scene: Scene, lower: str, upper: str, words: str, code: str, goals: str) -> Sample:
    """Everything that was drawn, with the one upon the other."""
    scene.closed |= {lower.split()[1], upper.split()[1]}
    scene.bystanders(2)
    others = [name for name in scene.things if name not in (lower, upper)]
    return Sample("standing", (f"{upper} on {lower}", *others), words, code, goals)


def _off(scene: Scene, lower: str, upper: str) -> Sample:
    target = into(scene, stacking=False)
    words = say(
        scene.rng,
        "(put|move|place|drop) (whatever|what|the thing that|the one that) (is|stands|sits) on <L> <D>",
        "(take|get|lift) <U> (off|down from|from) <L> and (put|place|drop|set) it <D>",
        "<L> (is|should be|must be) (free|cleared): what is on it goes <D>",
        "(clear|free|empty) <L>, <D> with what is on it",
        "(remove|take off) what stands on <L>( and|,) (put|place) it <D>",
        "<U> (comes|goes) off <L> and <D>",
        L=f"the {lower}", U=scene.refer(upper), D=target.words,
    )  # fmt: skip
    return _made(scene, lower, upper, words, f'pick("{upper}")\n{target.call}', target.goal(upper))


def _lower(scene: Scene, lower: str, upper: str) -> Sample:
    """What is below: the upper one first goes onto the table, or to the same place where both are meant."""
    rng = scene.rng
    target = into(scene, kind=rng.choice(("bowl", "tray", "zone")), stacking=False)
    if rng.random() < 0.35:
        words = say(
            rng,
            f"(put|move|place|get) (both|the two) of the {_PILE} <D>",
            f"(put|move) (the whole|the entire) {_PILE} <D>, piece by piece",
            "<U> and <L> (both |)(go|belong) <D>",
            f"(take|pull) the {_PILE} apart and (put|place) (both|all) (parts|pieces|of it) <D>",
            "(both|both of them|these two), first <U>, then <L>, <D>",
            U=f"the {upper}", L=f"the {lower}", D=target.words,
        )  # fmt: skip
        goals = f"{target.goal(upper)}; {target.goal(lower)}"
        code = f'pick("{upper}")\n{target.call}\npick("{lower}")\n{target.call}'
        return _made(scene, lower, upper, words, code, goals)
    words = say(
        rng,
        "(put|move|place|bring|drop) <L> <D>",
        f"(put|move|place) the (lower|bottom|lowest) (one|part) of the {_PILE} <D>",
        "(put|move|place) (the one|what is|the thing) (under|below|beneath|underneath) <U> <D>",
        "(get|take) <L> out from under <U> and (put|place) it <D>",
        "<L> (goes|should go|belongs) <D>, <U> (can|may) (stay|lie) on the table",
        "<L> <D>",
        U=f"the {upper}", L=f"the {lower}", D=target.words,
    )  # fmt: skip
    code = f'{_aside(upper)}pick("{lower}")\n{target.call}'
    return _made(scene, lower, upper, words, code, f"unstack({upper}); {target.goal(lower)}")


def _grown(scene: Scene, lower: str, upper: str) -> Sample:
    rng = scene.rng
    kind = lower.split()[1]
    more = scene.several(kind, rng.choice((1, 1, 2)))
    words = say(
        rng,
        f"(add|put|place|set) <M> (to|on|onto|on top of) (the|that|this) {_PILE}",
        f"(make|let) the {_PILE} (higher|taller|grow) (with|by using|by adding) <M>",
        f"(continue|complete|finish|extend) the {_PILE} with <M>",
        f"the {_PILE} (needs|is missing|gets) <M> (on top|at the top|too|as well)",
        f"<M> (also |)(goes|belongs|should go) (on|on top of|onto) the {_PILE}",
        f"build on: <M> on the {_PILE}",
        "(put|stack|place) <M> on top of the (two|others|ones) that are (stacked|piled up)( already|)",
        M=listing([scene.refer(name, plain=True) for name in more], rng),
    )  # fmt: skip
    lines, top = [], upper
    for name in more:
        lines += [f'pick("{name}")', f'place_on("{top}")']
        top = name
    return _made(scene, lower, upper, words, "\n".join(lines), f"stack({', '.join((lower, upper, *more))})")


def _turned(scene: Scene, lower: str, upper: str) -> Sample:
    words = say(
        scene.rng,
        f"(turn|flip) the {_PILE} (over|upside down|around)",
        f"(reverse|invert) the {_PILE}",
        "(put|place|set) <L> on <U> (instead|now|rather)",
        "<L> (should be|must be|belongs) on <U>, not (under|below|beneath) it",
        f"the {_PILE} (is the wrong way|is upside down|stands on its head), (fix|correct|change) that",
        "(the other way round|the other way around), please: <L> on <U>",
        "<U> and <L> (should|must|are to) (swap|change|trade) (floors|levels|heights)",
        "rebuild (it|them) with <L> (on top|at the top|uppermost)",
        U=f"the {upper}", L=f"the {lower}",
    )  # fmt: skip
    code = f'{_aside(upper)}pick("{lower}")\nplace_on("{upper}")'
    return _made(scene, lower, upper, words, code, f"stack({upper}, {lower})")


def _asked(scene: Scene, lower: str, upper: str) -> Sample:
    rng = scene.rng
    if rng.random() < 0.5:
        words = say(rng, "(what|which thing) (is|stands|sits|rests|lies) on (top of |)<L>?", "(tell me|say|name) what is on "
                    "<L>", "is (something|anything) on <L>, and what?", "what do you see on <L>?", "on <L>, what is there?",
                    "what does <L> (carry|support|bear)?", L=f"the {lower}")  # fmt: skip
        code = f'say(", ".join(thing.name for thing in detect("object") if is_at(thing, "{lower}")) or "nothing")'
        return _made(scene, lower, upper, words, code, f"say({upper}); home(*)")
    words = say(rng, "(what|which thing) (is|stands|sits|lies) (under|below|beneath|underneath) <U>?", "(tell me|say|name) "
                "what is (under|below|beneath) <U>", "what does <U> (stand|rest|sit|lie) on?", "on what does <U> (stand|rest)?",
                "what (supports|carries|holds up) <U>?", "<U> is on (top of |)what?", U=f"the {upper}")  # fmt: skip
    code = f'say(", ".join(thing.name for thing in detect("object") if is_at("{upper}", thing)) or "the table")'
    return _made(scene, lower, upper, words, code, f"say({lower}); home(*)")


def _described(scene: Scene, lower: str, upper: str) -> Sample:
    """One of two that are alike, told by what it stands on or under."""
    rng = scene.rng
    kind = upper.split()[1]
    other = scene.add(kind)
    target = into(scene, kind=rng.choice(("bowl", "tray", "zone")), stacking=False)
    noun = scene.noun(kind)
    if rng.random() < 0.5:
        who, chosen, code, goals = f"the {noun} {rng.choice(_ON)} the {lower}", upper, "", ""
    elif lower.split()[1] == kind:
        who, chosen = f"the {noun} {rng.choice(_UNDER)} the {upper}", lower
        code, goals = _aside(upper), f"unstack({upper}); "
    else:
        who = f"the {noun} that is (on nothing|on the table|not on anything|standing alone|by itself)"
        chosen, code, goals = other, "", ""
    words = say(rng, "(put|move|place|bring|drop) <W> <D>", "<W> (goes|belongs|should go) <D>", "(take|pick up|grab) <W> and "
                "(put|place) it <D>", "<W> <D>", W=say(rng, who), D=target.words)  # fmt: skip
    return _made(scene, lower, upper, words, f'{code}pick("{chosen}")\n{target.call}', goals + target.goal(chosen))


def _aside(upper: str) -> str:
    """What comes before anything is done with the thing below."""
    return f'pick("{upper}")\nplace_at("middle")\n'


def piled(scene: tuple[str, ...], rng: Random) -> tuple[str, ...]:
    """At times, one thing of a scene that no command speaks of stands on another."""
    alike = len(set(scene)) < len(scene)
    if rng.random() > _CHANCE or alike or any(len(part.split()) != 2 for part in scene):
        return scene
    things = scene_things(scene)
    upper = [t.name for t in things if t.kind.role == "item"]
    lower = [t.name for t in things if t.kind.role != "zone"]
    if not upper:
        return scene
    top, under = rng.choice(upper), rng.choice(lower)
    if top == under:
        return scene
    return tuple(f"{top} on {name}" if name == under else name for name in scene if name != top)
