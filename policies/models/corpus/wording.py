"""Wordings: an expander of alternatives, shapes of imperative sentences, politeness, and the slips of a keyboard."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random

from .frames import frames

PUT = (
    "(put|put|put|put|place|place|place|move|move|set|lay|drop|bring|stick|slide|get|transfer|shift|deposit|pop|"
    "relocate|leave|carry|throw|stow|position|shove|park|dump|load|settle|rest|deliver|plop|stash)"
)
TAKE = "(pick up|pick up|pick up|take|grab|pick|grasp|lift|lift up|fetch|get|collect|seize|select|choose|remove)"
THEN = "(and|and|and then|, then|then|, and|, and then|&|; then|. then)"
_BE = (
    "(goes|should go|must go|belongs|needs to be|has to be|should be|should end up|must be|ought to be|has to go|"
    "is to go|needs to go|should sit|should land|is supposed to be|may go|will go|shall be)"
)
_IT = "(it|it|it|it|that|this|that one|the thing)"
_SENTENCES = (
    (f"{PUT} <X> <D>", 38),
    (f"{TAKE} <X> and {PUT} {_IT} <D>", 18),
    (f"{TAKE} <X> {THEN} {PUT} {_IT} <D>", 8),
    (f"<X> {_BE} <D>", 9),
    ("<X> <D>", 5),
    ("(with|take|use|about) <X>: <D>", 0.5),
    (f"<D> {PUT} <X>", 2),
    (f"<D>, {PUT} <X>", 1),
    ("(i want|i'd like|we need|i need|i want to see|i would love|get me|we want|i wish) <X> (to be |to go |)<D>", 5),
    ("(make sure|see to it that|take care that|ensure|ensure that|i want that|please see that) <X> (is|ends up|gets|"
     "lands|comes to lie) <D>", 3),
    ("(it would be nice if|would be great if|i'd be happy if) <X> (was|were|ended up) <D>", 1.5),
    ("<X>: <D>", 1),
    ("<X>, <D>", 1),
    (f"(your task|the goal|goal|job|task|todo|next)(: | is to ){PUT} <X> <D>", 2),
    ("(how about|what about|let's try) (putting|placing|moving) <X> <D>", 1),
    ("(can|could) <X> (go|be put|be placed|be moved) <D>", 1.5),
    (f"(let's|let us|we should|you should|you must|you have to|it is time to|time to|go and|try to|we'll) {PUT} <X> <D>",
     4),
)  # fmt: skip
_BEFORE = (
    "(please|pls|plz|kindly|now|ok,|okay,|hey,|next,|robot,|capra,|hi robot,|so,|just|go ahead and|first,|well,|hello,|"
    "quickly|carefully|dear robot,|alright,|would you please|now please|if possible,) ",
    "(can|could|would|will) you (please |kindly |maybe |) ",
    "(i want you to|i would like you to|i'd like you to|i need you to|you should|you must|your task is to|"
    "your job is to|try to|your goal: |task: |let's|we need to|help me (to |)|make sure to|remember to|be so kind and|"
    "do me a favor and|i'd appreciate it if you) ",
)
_AFTER = (
    "(, please|please|pls|now|for me|thanks|thank you|, thanks|, will you|if you can|, ok?|immediately|!|!!|, thx|"
    "when you can|, would you|, robot|quickly|carefully)",
)
_ALTERNATIVES = re.compile(r"\(([^()]*)\)")
_OTHERS = 0.6  # share of wordings that come from frames
_FIRST_WORDS = re.compile(rf"(?:{PUT[1:-1]}|{TAKE[1:-1]}|stack|arrange|build|make|line|sort|swap|pile|form)\b")


def expand(template: str, rng: Random) -> str:
    """Choose one of each (a|b|c), innermost first, and tidy the blanks."""
    while True:
        template, count = _ALTERNATIVES.subn(lambda m: rng.choice(m.group(1).split("|")), template)
        if not count:
            return tidy(template)


def tidy(text: str) -> str:
    return re.sub(r"\s+([,;:.!?])", r"\1", re.sub(r"\s+", " ", text)).strip()


def say(rng: Random, *templates: str, group: str = "", share: float = _OTHERS, **words: str) -> str:
    """One of the templates with its alternatives chosen and each <NAME> replaced by that word.

    group: of frames (see `frames`) that take the place of the templates in that share of draws, or in all where there is
    no template.
    """
    if group and (not templates or rng.random() < share):
        return framed(rng, group, words)
    return _filled(rng.choice(templates), words, rng)


def framed(rng: Random, group: str, words: Mapping[str, str]) -> str:
    """One of the frames of a group with its alternatives chosen and its slots filled."""
    return _filled(rng.choice(frames(group)), words, rng)


def _filled(template: str, words: Mapping[str, str], rng: Random) -> str:
    sentence = expand(template, rng)
    for name, word in words.items():
        sentence = sentence.replace(f"<{name}>", word)
    return tidy(sentence)


def imperative(rng: Random, subject: str, destination: str, many: bool = False) -> str:
    """A sentence that asks for the subject ("the red block") to be brought to the destination ("in the blue bowl")."""
    shape = rng.choices([s for s, _ in _SENTENCES], [w for _, w in _SENTENCES])[0]
    if many:
        return say(rng, shape, group="move-many", X=subject, A=subject, D=destination)
    return say(rng, shape, group="move-one", X=subject, D=destination)


def article(name: str) -> str:
    """The name with "a" or "an"."""
    return ("an " if name[0] in "aeiou" else "a ") + name


def listing(words: list[str], rng: Random, last: str = "and") -> str:
    """ "a, b and c" in one of its usual spellings."""
    if len(words) == 1:
        return words[0]
    style = rng.random()
    if style < 0.5:
        return ", ".join(words[:-1]) + f" {last} " + words[-1]
    if style < 0.68:
        return ", ".join(words[:-1]) + (f", {last} " if len(words) > 2 else f" {last} ") + words[-1]
    if style < 0.84:
        return ", ".join(words)
    if style < 0.92:
        return " & ".join(words)
    return f" {last} ".join(words)


def polish(sentence: str, rng: Random) -> str:
    """Politeness, spelling, case, punctuation and typing slips around a plain sentence."""
    question = False
    if _FIRST_WORDS.match(sentence) and rng.random() < 0.30:
        opening = rng.choices(_BEFORE, (5, 3, 3))[0]
        question = opening.startswith("(can")
        sentence = expand(opening, rng) + " " + sentence
    if rng.random() < 0.10:
        sentence = tidy(f"{sentence} {expand(rng.choice(_AFTER), rng)}")
        question = False
    if rng.random() < 0.5:
        sentence = sentence.replace("color", "colour")
    if rng.random() < 0.06:
        sentence = _slip(sentence, rng)
    sentence = re.sub(r"\s+", " ", sentence).strip()
    roll = rng.random()
    if roll < 0.28:
        sentence = sentence[0].upper() + sentence[1:]
    elif roll < 0.30:
        sentence = sentence.upper()
    if sentence[-1].isalnum() and rng.random() < 0.30:
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
