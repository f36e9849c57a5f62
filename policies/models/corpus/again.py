"""Families of another attempt: the program after a failure, and commands that refer to the one before."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from random import Random

from ..prompt import CAREFUL
from .destinations import into, region
from .scene import Sample, Scene
from .subjects import named
from .wording import say

# What a failure by bad luck is called; a careful program answers all of them.
UNLUCKY = ("slipped", "grasp_missed", "place_failed", "not_achieved", "collision", "unreachable", "timeout", "no_space")
_WEIGHTS = (28, 18, 16, 20, 8, 3, 3, 4)

# A tower of any things grows on whichever is highest now.
_TOWER = re.compile(r"things = (?P<things>detect\(.*\))\nfor below, above in zip\(things, things\[1:\]\):\n.*\n.*$")
_GROW = (
    "top = max({0}, key=lambda t: t.z)\nfor thing in {0}:\n    if thing != top and not is_at(top, thing):\n"
    "        put(thing, place_on, top)\n        top = thing"
)
# Where the place is a point that is not worth comparing, or the placing takes more than the place.
_PICK_PLACE = re.compile(
    r"^(?P<indent> *)pick\((?P<thing>.+)\)\n *(?P<place>place_on|place_in|place_at)\((?P<where>.+)\)$", re.M
)


def careful(program: str) -> str:
    """The same program with each pick and place made by `put`; "" when it has another form."""
    if "yaw=" in program or "start" in program or "answer" in program or "ask(" in program or "position" in program:
        return ""
    tower = _TOWER.fullmatch(program)
    if tower:
        return CAREFUL + _GROW.format(tower["things"])
    text, count = _PICK_PLACE.subn(_as_put, program)
    if not count or "pick(" in text:
        return ""
    return CAREFUL + text


def _as_put(found: re.Match[str]) -> str:
    where = found["where"]
    if where.startswith("partner("):
        return f"{found['indent']}home = {where}\n{found['indent']}put({found['thing']}, {found['place']}, home)"
    return f"{found['indent']}put({found['thing']}, {found['place']}, {where})"


def after_failure(draw: Callable[[Random], Sample], rng: Random) -> Sample | None:
    """Another family's sample as a second attempt; None when its program cannot be made careful."""
    sample = draw(rng)
    program = careful(sample.program)
    if not program:
        return None
    code = rng.choices(UNLUCKY, _WEIGHTS)[0]
    return replace(sample, family="repair", program=program, failed=code, before=sample.program)


def not_found(scene: Scene) -> Sample:
    """The last attempt did not find something; it is still not in view."""
    rng = scene.rng
    kind = scene.item_kind()
    scene.several(kind, 2)
    missing = f"{scene.color()} {kind}"
    scene.closed |= {missing.split()[0], kind}
    target = into(scene, stacking=False)
    words = say(rng, "(put|move|place) <X> <D>", X=scene.refer(missing, plain=True), D=target.words)
    return Sample(
        "repair-not-found", (), words, f'say("I see no {missing}.")', f"refuse; say({missing})", failed="not_found"
    )


def ambiguous(scene: Scene) -> Sample:
    """The last attempt met two things of the same name."""
    rng = scene.rng
    name = f"{scene.color()} {scene.item_kind()}"
    scene.things += [name] * 2
    scene.closed |= set(name.split())
    target = into(scene, stacking=False)
    words = say(rng, "(put|move|place) <X> <D>", X=f"the {name}", D=target.words)
    code = f'pick(ask("Which {name} do you mean?"))\n{target.call}'
    return Sample("repair-ambiguous", (), words, code, "refuse", failed="ambiguous")


def earlier(scene: Scene) -> Sample:
    """A command that leaves out what the one before it said."""
    rng = scene.rng
    kind = scene.item_kind()
    first, target, other = named(scene, kind), into(scene, stacking=False), named(scene, kind)
    before = say(rng, "(put|move|place) <X> <D>", X=first.words, D=target.words)
    roll = rng.random()
    if roll < 0.35:
        words = say(rng, "(now|and|and now|then) <Y> (too|as well|also)", "(do |)the same (with|for) <Y>", "<Y> (too|as well)",
                    "(also|likewise) <Y>", "and <Y>", "(put|move) <Y> there (too|as well|)", group="the-same", Y=other.words)  # fmt: skip
        code, goals = f"pick({other.code})\n{target.call}", target.goal(other.goal)
    elif roll < 0.75:
        second = region(scene) if rng.random() < 0.6 else into(scene, stacking=False)
        words = say(rng, "(now|and now|then|no,|actually,|rather) (put|move|place|bring) (it|that) <E>", "(and |)now <E>",
                    "(no,|rather|sorry, i meant) <E>", "(put|move|bring) it <E>", group="instead", E=second.words)  # fmt: skip
        code, goals = f"pick({first.code})\n{second.call}", second.goal(first.goal)
    else:
        # It stays what it was.
        words = say(rng, "(put|move|place) <Y> <D>", Y=other.words, D=target.words)
        code, goals = f"pick({other.code})\n{target.call}", target.goal(other.goal)
    return Sample("earlier", (), words, code, goals, earlier=before)
