"""The compact prompt that the embedded author was trained on. The trainer and the author both build it here."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from ...primitives.errors import ERROR_CODES
from ...primitives.resting import support
from ...primitives.values import Object

MOST_OBJECTS = 24  # names in the prompt: training scenes hold up to 10, and the model's context is short
MOST_INSTRUCTION = 600  # characters
NOT_ACHIEVED = "not_achieved"
_BAD_LUCK = {"slipped", "grasp_missed", "place_failed"}
_CODE = re.compile(r"\b(" + "|".join(ERROR_CODES) + r")\b")
# What a repair after bad luck begins with: it tries a thing a few times, and leaves alone what is where it should be.
CAREFUL = (
    "def put(thing, place, where):\n    for last in (0, 0, 0, 1):\n        try:\n"
    "            return is_at(thing, where) or (pick(thing), place(where))\n        except PrimitiveError:\n"
    "            if last:\n                raise\n\n"
)
CANNOT = 'say("I cannot do that.")'
_SCENE = "objects = "
_ON = " on "
_COUNTED = re.compile(rf"(?P<name>.+?)(?:{_ON}(?P<under>.+?))?(?: x(?P<count>\d+))?")


def compact_prompt(
    objects: Sequence[Object], instruction: str, history: Sequence[tuple[str, str]] = (), earlier: str = ""
) -> str:
    """The model's whole prompt: what is in view, what the last attempt failed with, and the instruction.

    history: (program, one line of feedback) of each attempt so far; only the last one's error code is told, because a
    model of this size repeats rather than repairs a program that it is shown. earlier: the command before this one.
    """
    failed = failure_code(history[-1][1]) if history else None
    return compose([_with_support(one, objects) for one in objects], instruction, failed, earlier)


def _with_support(one: Object, objects: Sequence[Object]) -> str:
    under = support(one, objects)
    return on_another(one.name, under.name) if under else one.name


def on_another(name: str, under: str) -> str:
    """How a prompt lists a thing that rests on or in another one: "red block on blue block"."""
    return f"{name}{_ON}{under}"


def compose(things: Sequence[str], instruction: str, failed: str | None = None, earlier: str = "") -> str:
    """The prompt's text, to its last newline: the program begins on the next line.

    things: names of all things in view, or `on_another` of them; those that are alike are counted. After another
    attempt or command, which has moved things about, what they rest on is not told. `failed` is an error code of the
    primitives or NOT_ACHIEVED.
    """
    listed = [thing.split(_ON)[0] for thing in things] if failed or earlier else list(things)
    counts = Counter(listed[:MOST_OBJECTS])
    lines = [_SCENE + ", ".join(name if n == 1 else f"{name} x{n}" for name, n in counts.items())]
    if failed:
        lines.append(f"# failed: {failed}")
    if earlier:
        lines.append(f"# done: {_one_line(earlier)}")
    lines.append(f"# {_one_line(instruction)}")
    return "\n".join(lines) + "\n"


def names_in(prompt: str) -> list[str]:
    """The names that a prompt of `compose` lists, each as often as it is there."""
    return [found["name"] for found in _listed(prompt) for _ in range(int(found["count"] or 1))]


def stands_in(prompt: str) -> dict[str, str]:
    """What each thing stands on of which a prompt of `compose` tells that; not of those of which there are several."""
    names = names_in(prompt)
    return {f["name"]: f["under"] for f in _listed(prompt) if f["under"] and names.count(f["name"]) == 1}


def _listed(prompt: str) -> list[re.Match[str]]:
    listed = prompt.split("\n", 1)[0].removeprefix(_SCENE).split(", ")
    return [found for thing in listed if (found := _COUNTED.fullmatch(thing))]


def instruction_in(prompt: str) -> str:
    """The instruction of a prompt of `compose`."""
    return prompt.splitlines()[-1].removeprefix("# ")


def said_in(prompt: str) -> str:
    """What was said according to a prompt of `compose`: the command before, if it is told, and the instruction."""
    lines = [line.removeprefix("# ") for line in prompt.splitlines()[1:]]
    return ". ".join(line.removeprefix("done: ") for line in lines if not line.startswith("failed: "))


def failure_code(feedback: str) -> str:
    """The first error code of the primitives that a line of feedback names, else NOT_ACHIEVED."""
    found = _CODE.search(feedback)
    return found.group(1) if found else NOT_ACHIEVED


def bad_luck(feedback: str) -> bool:
    """Whether feedback tells of what a right program can fail with: the next one does the same, with more care."""
    return failure_code(feedback) in _BAD_LUCK


def _one_line(text: str) -> str:
    return " ".join(text.split())[:MOST_INSTRUCTION]
