"""Instructions that want an answer first, or can be followed in part, which must be said."""

from __future__ import annotations

import numpy as np

from ....sim.colors import COLORS
from ... import judging as j
from ...task import Task, Truth, Verdict
from .scenes import HELPERS, WIDE_BOWL, Parameters, Sampled, moved_only, names, scene

# ask which bowl is meant


def _sample_ask(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 3, 2, bowl_size=WIDE_BOWL)
    chosen = s.bowls[int(rng.integers(2))].spec.name
    words = "put all the blocks into the bowl that I mean; ask me which"
    return words, s.placements, {"blocks": names(s.blocks), "bowl": chosen, "answer": f"the {chosen}, please"}


def _judge_ask(before: Truth, after: Truth, p: Parameters) -> Verdict:
    asked = None if after.seen.get("asked") else "it did not ask which bowl is meant"
    return moved_only(before, after, p["blocks"], [asked, *(j.in_bowl(after, b, p["bowl"]) for b in p["blocks"])])


# do what can be done and say what is missing


def _sample_missing(rng: np.random.Generator) -> Sampled:
    s = scene(rng, 4, 2, bowl_size=WIDE_BOWL)
    used = {t.spec.color for t in (*s.blocks, *s.bowls)}
    missing = f"{rng.choice([c for c in COLORS if c not in used])} block"
    first, *rest = names(s.blocks)
    x, y = names(s.bowls)
    pairs = [(missing, x), (first, x), *((b, y) for b in rest)]
    listed = ", ".join(f"the {b} in the {w}" for b, w in pairs)
    parameters = {"pairs": pairs[1:], "missing": missing, "all": pairs}
    return f"put these where they belong: {listed}; tell me what you cannot find", s.placements, parameters


def _judge_missing(before: Truth, after: Truth, p: Parameters) -> Verdict:
    color = p["missing"].split()[0]
    told = (
        None
        if any(color in t for t in after.seen.get("said", ()))
        else f"it did not say that the {p['missing']} is missing"
    )
    goals = [told, *(j.in_bowl(after, block, bowl) for block, bowl in p["pairs"])]
    return moved_only(before, after, [block for block, _ in p["pairs"]], goals)


TASKS = (
    Task(
        "long/ask-which",
        "ask which bowl is meant, then fill it",
        _sample_ask,
        _judge_ask,
        HELPERS
        + """
answer = ask("Which bowl do you mean?")
(bowl,) = [bowl for bowl in detect("bowl") if bowl.color in answer]
for block in detect("block"):
    move(block, place_in, bowl)
""",
        suite="long",
    ),
    Task(
        "long/say-what-is-missing",
        "put away what is there and say what is not",
        _sample_missing,
        _judge_missing,
        HELPERS
        + """
seen = [thing.name for thing in detect("block")]
for block, bowl in {all}:
    if block in seen:
        move(block, place_in, bowl)
    else:
        say(f"I cannot find the {block}.")
""",
        suite="long",
    ),
)
