"""Things that an instruction tells by what they stand on, or by what they are not: "the ball that's in the blue bowl"
is the orange ball, of two cylinders "the one that isn't green" the white one."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ...primitives.perception.query import color_called
from .in_names import in_names
from .mentions import kinds_in_view, named

_BE = r"(?:['’]?s| is| sits| stands| lies| rests| lives)"
_YET = r"(?: (?:currently|already|still|now|right now|standing|sitting|lying|resting))*"
_WHERE = re.compile(
    rf"\b(?P<article>the|that|this|your|my) (?P<what>[a-z]+),? (?:that|which){_BE}{_YET} "
    r"(?:(?P<on>in|on|inside|atop|upon|on top of) (?:the |that |my |your )(?P<under>[a-z]+(?: [a-z]+)?)"
    r"|not (?:on|in) (?P<none>any\w*|a \w+))(?=[\s,.;:!?]|$)",
    re.I,
)


_OTHER_COLOR = re.compile(
    r"\b(?P<article>the|that|your|my) (?P<what>[a-z]+),? (?:that|which)(?:['’]s| is)?(?: not|n['’]t) (?P<color>[a-z]+)"
    r"(?=\s*[.,;:!?]|$| (?:goes|go|on|onto|in|into|to|should|must|can|may)\b)",
    re.I,
)


def in_places(instruction: str, names: Sequence[str], stands: Mapping[str, str]) -> str:
    """The instruction, with a thing's name in place of words that tell where it stands, if they fit one thing only.

    names: of all things in view, as often as they are there; stands: what each of those stands on that stands on
    another.
    """
    kinds = kinds_in_view(names)

    def told(found: re.Match[str]) -> str:
        of = named(found["what"].lower(), kinds)
        if found["none"]:
            fitting = [n for n in names if n not in stands and n.split()[-1].lower() in of]
            after = ""
        else:
            under, after = _thing_and_rest(found["under"], names)
            fitting = [n for n, below in stands.items() if below == under and n.split()[-1].lower() in of]
        return (
            f"{found['article']} {fitting[0]}{after}"
            if len(fitting) == 1 and names.count(fitting[0]) == 1
            else found[0]
        )

    def other(found: re.Match[str]) -> str:
        of = [name.lower().split() for name in names if name.split()[-1].lower() in named(found["what"].lower(), kinds)]
        color = color_called(found["color"])
        left = [name for name in of if color not in name[:-1]]
        one_kind = len({name[-1] for name in of}) == 1
        return f"{found['article']} {' '.join(left[0])}" if one_kind and len(left) == 1 < len(of) else found[0]

    return _OTHER_COLOR.sub(other, _WHERE.sub(told, instruction))


def _thing_and_rest(words: str, names: Sequence[str]) -> tuple[str, str]:
    """The thing that "blue bowl", "blue" or "bowl" names, and the words of these that are not its name."""
    for length in range(len(words.split()), 0, -1):
        own, left = words.split()[:length], words.split()[length:]
        said = in_names(f"the {' '.join(own)}", names).removeprefix("the ")
        if said in names:
            return said, "".join(f" {word}" for word in left)
    return "", ""
