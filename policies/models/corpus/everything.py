"""The family of everything: all that can be moved, or much of it, goes into something."""

from __future__ import annotations

import json
from random import Random

from .destinations import goals_for, into
from .scene import Sample, Scene
from .subjects import Subject
from .vocabulary import plural
from .wording import say


def everything_into(scene: Scene) -> Sample:
    """All that can be moved, all of a colour, or all but some goes into something; what holds things stays."""
    rng = scene.rng
    for kind in dict.fromkeys(scene.item_kind() for _ in range(rng.choice((2, 2, 3)))):
        for _ in range(rng.choice((1, 2))):
            scene.add(kind, rng.choice(scene.things).split()[0] if scene.things and rng.random() < 0.3 else None)
    items = list(scene.things)
    target = into(scene, rng.choice(("bowl", "tray", "zone", scene.holder_kind())), stacking=False)
    for _ in range(rng.choice((0, 0, 0, 1, 1, 2))):
        scene.add(scene.holder_kind(), rng.choice(items).split()[0] if rng.random() < 0.4 else None)
    holders = [name for name in scene.things if name not in items]
    scene.closed |= {"block", "cylinder", "bowl", "zone", "tray", ""}
    who, query, but, moved = _everything(scene, items, rng)
    # What holds things is told by its name or its kind, where the query takes it for one that is moved.
    color = query.removesuffix("object").strip()
    taken = [name for name in holders if color in name.split() or not color]
    kinds = list(dict.fromkeys(name.split()[1] for name in taken))
    out = [_not_in("name", taken) if len(taken) == 1 else _not_in("kind", kinds)] if taken else []
    test = " and ".join([*out, *but])
    lines = [f"    if {test}:"] if test else []
    inside = "        " if test else "    "
    code = "\n".join([f'for thing in detect("{query}"):', *lines, f"{inside}pick(thing)", f"{inside}{target.call}"])
    words = say(
        rng,
        f"(put|place|move|clear|tidy|sweep|pack) {who} <D>",
        f"{who} (goes|should go|belongs|must be|ends up) <D>",
        f"(tidy up|clean up|clear the table|empty the table)(:|,| -) {who} (goes |)<D>",
        f"(i do not want|i don't want|there should not be) anything (left |)on the table, {who} (goes|belongs) <D>"
        if not but and not color else f"i want {who} <D>",
        f"(i need|i want) the table tidy, so (put|move) {who} <D>",
        f"{who} <D>",
        f"(gather|collect) {who} <D>",
        f"<D> with {who}",
        D=target.words,
    )  # fmt: skip
    subject = Subject("", "", "|".join(moved), "")
    return Sample("everything", tuple(scene.things), words, code, goals_for(subject, target))


def _not_in(what: str, words: list[str]) -> str:
    """The test that a thing's kind, colour or name is none of these."""
    if len(words) == 1:
        return f'thing.{what} != "{words[0]}"'
    return f"thing.{what} not in ({', '.join(map(json.dumps, words))})"


def _everything(scene: Scene, items: list[str], rng: Random) -> tuple[str, str, list[str], list[str]]:
    """Words for all of the items or for many of them, the query, the further tests, and which they are."""
    but = "(but|except|except for|other than|apart from|besides|save|excluding|with the exception of)"
    all_ = "(everything|everything|all things|all objects|all of it|every object|whatever you see|anything you find)"
    roll, one = rng.random(), rng.choice(items)
    color, kind = one.split()
    rest = [name for name in items if name != one]
    if roll < 0.5 or not rest:
        return all_, "object", [], items
    if roll < 0.65:
        who = f"(everything {color}|all {color} things|everything that is {color}|whatever is {color}|all {color} objects)"
        return who, f"{color} object", [], [name for name in items if name.split()[0] == color]
    if roll < 0.8:
        return f"{all_} {but} {scene.refer(one, plain=True)}", "object", [_not_in("name", [one])], rest
    what, word, at = ("kind", kind, 1) if rng.random() < 0.5 else ("color", color, 0)
    rest = [name for name in items if name.split()[at] != word]
    if not rest:
        return all_, "object", [], items
    if what == "kind":
        who = f"({all_} {but} (the |){plural(kind)}|everything that is (not a {kind}|no {kind}))"
    else:
        who = f"({all_} {but} what is {color}|everything (that is not|not|that isn't) {color}|all things that are not {color})"
    return who, "object", [_not_in(what, [word])], rest
