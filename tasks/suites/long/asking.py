"""Instructions that must be asked back about or refused, with the reason and before anything is touched; and clear ones
among them, which must not."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....sim.scene import Placement
from ....sim.world import World
from ... import judging as j
from ...task import Task, Truth, Verdict
from ..cap_tabletop.scenes import Scene
from .scenes import Parameters, Sampled, moved_only, names, scene

_LOOKS = 12  # steps between two looks of the monitor: a twentieth of a second
_SHIFTED = 0.01  # m
_APART = 0.10  # m between twins to the left and to the right
_CHOICE = re.compile(r"\b(which|or|both|two|2|several|more than one|ambiguous|unclear)\b")
_DENIAL = re.compile(
    r"n[’']t\b|\b(cannot|not|no|unable|impossible|nothing|without|missing|neither|too (?:big|large|wide|small))\b"
)
# Impossible instructions, words of which one at least names what stands against it, and a refusal.
_IMPOSSIBLE: tuple[tuple[str, tuple[str, ...], str], ...] = (
    (
        "cut the {a} in half and put the halves into the two bowls",
        ("cut", "half", "halves", "blade", "knife", "sharp"),
        "I cannot cut the {a}: the gripper has no blade.",
    ),
    (
        "melt the {a} and pour it into the {x}",
        ("melt", "heat", "hot", "liquid"),
        "I cannot melt the {a}: nothing here makes heat.",
    ),
    (
        "paint the {a} in the color of the {b} and then stack all the blocks",
        ("paint", "brush", "color", "colour"),
        "I cannot paint the {a}: there is neither paint nor brush.",
    ),
    (
        "put the {x} into the {a}",
        ("fit", "big", "large", "wide", "small", "solid", "hollow", "container"),
        "The {x} does not fit into the {a}, which is solid and smaller.",
    ),
)


class Touches:
    """When the first of the things was touched by the arm, or moved."""

    def __init__(self, world: World, parameters: Parameters) -> None:
        self._world, self._steps = world, 0
        self._names = list(world.names)
        self._start: dict[str, np.ndarray] = {}
        self._first: float | None = None
        world.before_step(self._look)

    def _look(self) -> None:
        self._steps += 1
        if self._first is not None or self._steps % _LOOKS:
            return
        for name in self._names:
            position = self._world.pose(name).position
            start = self._start.setdefault(name, position)
            if "robot" in self._world.contacts(name) or float(np.linalg.norm(position - start)) > _SHIFTED:
                self._first = self._world.time
                return

    def facts(self) -> Mapping[str, Any]:
        return {"touched_at": self._first}


def asked_first(after: Truth, nouns: Sequence[str]) -> str | None:
    """A question that names what is unclear (one of `nouns`, and a choice), before anything is touched."""
    asked = list(after.seen.get("asked", ()))
    if not asked:
        return "it did not ask which is meant"
    plain = [(text.lower(), at) for text, at in zip(asked, after.seen.get("asked_at", ()), strict=True)]
    good = [at for text, at in plain if _CHOICE.search(text) and any(noun in text for noun in nouns)]
    if not good:
        return f"its question does not say what is unclear: {asked[0][:80]!r}"
    touched = after.seen.get("touched_at")
    if touched is not None and touched <= min(good):
        return f"it asked {min(good) - touched:.1f} s after it had touched something"
    return None


def refused_with(after: Truth, reasons: Sequence[str]) -> str | None:
    """One thing said or asked that denies, and in it a word that names what stands against the instruction."""
    words = [text.lower() for kind in ("said", "asked") for text in after.seen.get(kind, ())]
    denials = [text for text in words if _DENIAL.search(text)]
    if not denials:
        return "it did not say that it cannot be done"
    if not any(re.search(rf"\b{re.escape(reason)}", text) for text in denials for reason in reasons):
        return f"it did not say what stands against it: {denials[0][:80]!r}"
    return None


def _untouched(after: Truth) -> str | None:
    return None if after.seen.get("touched_at") is None else "it touched something"


# two bowls or two blocks that the words fit: which? and among them instructions that are clear


def _sample_unclear(rng: np.random.Generator) -> Sampled:
    case = str(rng.choice(["clear", "clear", "bowl", "block"]))
    s = scene(rng, 3, 2, accept=lambda s: abs(s.blocks[0].y - s.blocks[1].y) > _APART)
    a = s.blocks[0].spec.name
    x, y = names(s.bowls)
    fixed = {"case": case, "nouns": ["bowl", x.split()[0], y.split()[0]], "bowl": x, "block": a}
    if case == "clear":
        return f"put the {a} into the {x}", s.placements, {**fixed, "words": a, "where": x}
    if case == "bowl":
        chosen = x if rng.integers(2) else y
        parameters = {**fixed, "bowl": chosen, "words": a, "where": "bowl", "answer": f"the {chosen}"}
        return f"put the {a} into the bowl", s.placements, parameters
    twins, way = _twins(s, bool(rng.integers(2)))
    parameters = {
        **fixed,
        "nouns": ["block"],
        "block": a if way[0] == 0 else f"{a} 2",
        "words": a,
        "where": x,
        "answer": f"the one on the {way[1]}",
    }
    return f"put the {a} into the {x}", twins, parameters


def _twins(s: Scene, left: bool) -> tuple[list[Placement], tuple[int, str]]:
    """The scene with its second block in the colour of the first; which of the two is meant, and how it is told."""
    first, second, *others = s.blocks
    twin = Placement(first.spec, second.x, second.y, second.yaw)
    return [first, twin, *others, *s.bowls], (int((first.y > twin.y) != left), "left" if left else "right")


def _judge_unclear(before: Truth, after: Truth, p: Parameters) -> Verdict:
    done = j.in_bowl(after, p["block"], p["bowl"])
    if p["case"] != "clear":
        told = asked_first(after, p["nouns"])
        return moved_only(before, after, [p["block"]], [told, told or done])
    asked = "it asked although the instruction is clear" if after.seen.get("asked") else None
    return moved_only(before, after, [p["block"]], [done, done or asked])


# nobody answers: nothing may move


def _sample_nobody(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 3, 2)
    a, x, y = s.blocks[0].spec.name, s.bowls[0].spec.name, s.bowls[1].spec.name
    return f"put the {a} into the bowl", s.placements, {"nouns": ["bowl", x.split()[0], y.split()[0]]}


def _judge_nobody(before: Truth, after: Truth, p: Parameters) -> Verdict:
    told = asked_first(after, p["nouns"])
    return moved_only(before, after, [], [told, told or _untouched(after)])


# refuse what no arm can do, and what is not there


def _sample_refuse(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 3, 2)
    words, reasons, refusal = _IMPOSSIBLE[int(rng.integers(len(_IMPOSSIBLE)))]
    a, b, *_ = names(s.blocks)
    named = {"a": a, "b": b, "x": s.bowls[0].spec.name}
    return words.format(**named), s.placements, {"reasons": list(reasons), "refusal": refusal.format(**named)}


def _judge_refuse(before: Truth, after: Truth, p: Parameters) -> Verdict:
    told = refused_with(after, p["reasons"])
    return moved_only(before, after, [], [told, told or _untouched(after)])


def _sample_absent(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 4, 2)
    # The fourth block is taken off again: its colour is that of nothing in view.
    absent = s.blocks[3].spec
    colors = {t.spec.color for t in (*s.blocks[:3], *s.bowls)}
    if absent.color in colors:
        return _sample_absent(rng)
    words = f"put the {absent.name} into the {s.bowls[0].spec.name}"
    return words, [*s.blocks[:3], *s.bowls], {"reasons": [absent.color], "absent": absent.name}


_EXPERT_UNCLEAR = """
def one(words, kind):
    found = detect(words)
    if len(found) == 1:
        return found[0]
    answer = ask(f"There are {len(found)} that {words!r} fits: which {kind} do you mean?")
    if "left" in answer or "right" in answer:
        return max(found, key=lambda thing: thing.y if "left" in answer else -thing.y)
    return [thing for thing in found if thing.color in answer][0]

block, bowl = one("{words}", "block"), one("{where}", "bowl")
pick(block)
place_in(bowl)
"""

TASKS = (
    Task(
        "long/ask-if-unclear",
        "ask which is meant where the words fit two things, and only there",
        _sample_unclear,
        _judge_unclear,
        _EXPERT_UNCLEAR,
        suite="long",
        monitor=Touches,
    ),
    Task(
        "long/ask-and-wait",
        "ask which bowl is meant, and touch nothing while nobody answers",
        _sample_nobody,
        _judge_nobody,
        'ask("There are two bowls: which bowl do you mean?")\n',
        suite="long",
        monitor=Touches,
    ),
    Task(
        "long/refuse",
        "refuse what an arm cannot do, with the reason, and touch nothing",
        _sample_refuse,
        _judge_refuse,
        'say("{refusal}")\n',
        suite="long",
        monitor=Touches,
    ),
    Task(
        "long/refuse-what-is-not-there",
        "say what is not there, and take nothing else for it",
        _sample_absent,
        _judge_refuse,
        'say("There is no {absent} here, so I cannot do that.")\n',
        suite="long",
        monitor=Touches,
    ),
)
