"""Left and right: the word for the one is in no training example, so that a model of this size writes the other for it
where both are said. The program then says them in the order of the instruction."""

from __future__ import annotations

import re

_LEFT_OR_RIGHT = r"(?P<{}>left|right)"
# "The right one", "right of", "to the right", "the tray's right"; but not "right away", "what is left", "left over".
_SAID = re.compile(
    rf"\b{_LEFT_OR_RIGHT.format('a')}(?:-?most\b|wards?\b|[ -]hand\b| (?:side|edge|corner|end|half|border|one)\b| of\b)"
    rf"|\b(?:to|on|at|from|toward\w*|in) (?:the|its|your|my|their)(?: (?:far|very))? {_LEFT_OR_RIGHT.format('b')}\b"
    rf"(?! \w+ (?:place|spot|way|order))(?=[\s.,;:!?]|$)"
    rf"|(?<!what)(?<!that)(?<!it)(?<!there)['’]s {_LEFT_OR_RIGHT.format('c')}\b"
    rf"|\b(?:top|bottom|upper|lower|front|back|near|far|hard)[ -]{_LEFT_OR_RIGHT.format('d')}\b"
    rf"|\b(?:cm|inch\w*|mm|met(?:er|re)s?|\w+met(?:er|re)s?|bit|little|touch|slightly|further|farther)"
    rf" (?:to the )?{_LEFT_OR_RIGHT.format('e')}\b"
    rf"|\b{_LEFT_OR_RIGHT.format('f')}(?=\s*[.,;:!?]|$)"
)
_USED = re.compile(r'\b(left|right)(?=(?:most|wards?|[ -]hand)?\b[^"\n]*"\s*[,)\]])')
_OTHERWISE = re.compile(r'"last"|\.position|\.x\b|[<>]|ask\(|\bsay\(')  # it may tell a side in another way


def righted(program: str, instruction: str) -> str:
    """The program, with left and right as in the instruction where it says only one of the two that are said there,
    and as many."""
    said = [next(filter(None, found.groups())) for found in _SAID.finditer(instruction.lower())]
    used = _USED.findall(program)
    if len(set(said)) < 2 or len(said) != len(used) or set(used) == set(said) or _OTHERWISE.search(program):
        return program
    order = iter(said)
    return _USED.sub(lambda _: next(order), program)
