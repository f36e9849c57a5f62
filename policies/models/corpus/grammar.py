"""Wordings: a small expander of alternatives, ways to refer to an object, politeness, and the slips of a keyboard."""

from __future__ import annotations

import re
from random import Random

KIND_WORDS: dict[str, tuple[str, ...]] = {
    "block": ("block", "block", "block", "block", "cube", "brick", "box"),
    "bowl": ("bowl", "bowl", "bowl", "bowl", "bowl", "dish", "cup", "container"),
    "cylinder": ("cylinder", "cylinder", "cylinder", "can", "tube"),
    "zone": ("zone", "zone", "zone", "area", "pad", "square", "patch"),
    "tray": ("tray", "tray", "tray", "tray", "plate", "platter"),
}
COLOR_WORDS: dict[str, tuple[str, ...]] = {
    "gray": ("gray", "grey"),
    "purple": ("purple", "purple", "violet"),
    "cyan": ("cyan", "cyan", "cyan", "turquoise"),
    "pink": ("pink", "pink", "pink", "magenta"),
}
_BEFORE = (
    "(please|pls|kindly|now|ok,|okay,|hey,|next,|robot,|capra,|hi robot,|alright,|so,|just|go ahead and|first,) ",
    "(can|could|would|will) you (please |kindly |)",
    "(i want you to|i would like you to|i'd like you to|i need you to|you should|you must|your task is to|"
    "your job is to|try to|your goal: |task: |let's|we need to|help me (to |)|make sure to|remember to) ",
)
_AFTER = ("(, please|please|pls|now|for me|thanks|thank you|, thanks|, will you|if you can|, ok?|right away|!|!!)",)
_ALTERNATIVES = re.compile(r"\(([^()]*)\)")


def expand(template: str, rng: Random) -> str:
    """Choose one of each (a|b|c), innermost first, and tidy the blanks."""
    while True:
        template, count = _ALTERNATIVES.subn(lambda m: rng.choice(m.group(1).split("|")), template)
        if not count:
            return re.sub(r"\s+", " ", template).replace(" ,", ",").replace(" :", ":").replace(" !", "!").strip()


def article(name: str) -> str:
    """The name with "a" or "an"."""
    return ("an " if name[0] in "aeiou" else "a ") + name


def refer(name: str, rng: Random, plain: bool = False) -> str:
    """Words for "red block": mostly the name itself, at times a synonym, without or with an article."""
    color, kind = name.split(" ")
    if not plain and rng.random() < 0.25:
        color = rng.choice(COLOR_WORDS.get(color, (color,)))
        kind = rng.choice(KIND_WORDS[kind])
    start = rng.choices(("the ", "", "a ", "that ", "this "), (70, 22, 4, 2, 2))[0]
    words = f"{color} {kind}"
    return article(words) if start == "a " else start + words


def kind_plural(kind: str, rng: Random) -> str:
    """ "blocks" or a synonym."""
    word = rng.choice(KIND_WORDS[kind]) if rng.random() < 0.3 else kind
    return word + ("es" if word.endswith(("sh", "ch", "x")) else "s")


def listing(words: list[str], rng: Random) -> str:
    """ "a, b and c" in one of its usual spellings."""
    if len(words) == 1:
        return words[0]
    style = rng.random()
    if style < 0.45:
        return ", ".join(words[:-1]) + " and " + words[-1]
    if style < 0.65:
        return ", ".join(words[:-1]) + (", and " if len(words) > 2 else " and ") + words[-1]
    if style < 0.85:
        return ", ".join(words)
    if style < 0.93:
        return ", then ".join(words)
    return " and ".join(words)


def polish(sentence: str, rng: Random) -> str:
    """Politeness, spelling, case, punctuation and typing slips around a plain imperative sentence."""
    roll = rng.random()
    question = False
    if roll < 0.30:
        opening = rng.choice(_BEFORE)
        question = opening.startswith("(can")
        sentence = expand(opening, rng) + " " + sentence
    if rng.random() < 0.12:
        sentence = expand(f"{sentence} {rng.choice(_AFTER)}", rng)
        question = False
    if rng.random() < 0.5:
        sentence = sentence.replace("color", "colour")
    if rng.random() < 0.07:
        sentence = _slip(sentence, rng)
    sentence = re.sub(r"\s+", " ", sentence).strip()
    roll = rng.random()
    if roll < 0.30:
        sentence = sentence[0].upper() + sentence[1:]
    elif roll < 0.33:
        sentence = sentence.upper()
    if sentence[-1].isalnum() and rng.random() < 0.35:
        sentence += "?" if question else "."
    return sentence


def _slip(sentence: str, rng: Random) -> str:
    """One letter dropped, doubled or swapped with its neighbour."""
    letters = [i for i in range(1, len(sentence) - 1) if sentence[i - 1 : i + 2].isalpha()]
    if not letters:
        return sentence
    i = rng.choice(letters)
    kind = rng.randrange(3)
    if kind == 0:
        return sentence[:i] + sentence[i + 1 :]
    if kind == 1:
        return sentence[:i] + sentence[i] + sentence[i:]
    return sentence[:i] + sentence[i + 1] + sentence[i] + sentence[i + 2 :]
