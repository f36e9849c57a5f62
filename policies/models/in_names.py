"""An instruction with the names in view in place of the words for them: a small model reads that with less trouble."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ...primitives.perception.colors import NAMES
from ...primitives.perception.query import color_called
from ...primitives.words import is_direction, rank
from .mentions import ANY_KIND, is_holder, kinds_in_view, named, names_in_group
from .relations import NEARNESS, far_said

_TOKENS = re.compile(r"[^\W_]+|[\W_]+")
_ONE = {"one", "thing", "object"}
# Before a word for a kind: it says which of several, or speaks of all.
_TELLING = {"every", "each", "all", "any", "no", "which", "another", "other", "many", "both", "of", "you", "i", "we",
            "it"}  # fmt: skip
_INTO = {"in", "into", "on", "onto", "inside", "to", "upon", "within"}
_ARTICLES = {"the", "a", "an", "my", "that", "this"}
_SAID_OF = {"is", "isn", "t", "not", "non", "are", "be", "was", "anything", "everything", "something", "all"}


def in_names(instruction: str, names: Sequence[str]) -> str:
    """The instruction, with "the red one" and "red" as "red block", "the dish" as "blue bowl", where only one thing in
    view can be meant. names: of all things in view, as often as they are there."""
    tokens = _TOKENS.findall(instruction)
    words = [token.lower() for token in tokens]
    kinds = kinds_in_view(names)
    marks = {mark for name in names if names.count(name) == 1 for mark in name.lower().split()[:-1]}

    def only(kind_of: set[str], mark: str = "", place: bool | None = None) -> str:
        """The one that fits; of several by their colour that which can be moved, or the other where it is a place."""
        split = {name: name.lower().split() for name in names}
        fitting = [n for n in names if split[n][-1] in kind_of and (not mark or mark in split[n][:-1])]
        if place is not None and len(fitting) > 1:
            fitting = [n for n in fitting if is_holder(n) == place]
        return fitting[0] if len(fitting) == 1 else ""

    out = list(tokens)
    at = 0
    while at < len(tokens):
        word, before = words[at], words[at - 2] if at >= 2 and words[at - 1] == " " else ""
        after = words[at + 2] if at + 2 < len(words) and words[at + 1] == " " else ""
        mark = word if word in marks else color_called(word) if color_called(word) in marks else ""
        if mark:
            far = words[at - 4] if before in _ARTICLES and at >= 4 and words[at - 3] == " " else before
            followed = named(after, kinds) if after and after not in ANY_KIND else set()
            if followed or after in _ONE:
                found = only(followed or kinds, mark, None if followed else far in _INTO)
                if found and not after.endswith("s"):
                    out[at], out[at + 2] = "", found
                    out[at + 1] = ""
                at += 2
            elif before not in _SAID_OF:
                found = only(kinds, mark, far in _INTO)
                # "The block in red" is a red block.
                if found and (before != "in" or is_holder(found)):
                    out[at] = found
        elif len(group := names_in_group(word, names)) > 1 and len({*group}) == len(group):
            out[at] = f"{', '.join(group[:-1])} and {group[-1]}"
        elif word in NAMES or is_direction(word) or rank(word) is not None or word in NEARNESS:
            at += 2 if named(after, kinds) else 0
        elif (
            word not in ANY_KIND
            and (word != "can" or before in _ARTICLES)
            and before not in _TELLING
            and not word.endswith("s")
        ):
            out[at] = only(named(word, kinds)) or out[at]
        at += 1
    return "".join(out)


def near_what(instruction: str, names: Sequence[str]) -> list[str]:
    """The names of what the words say that something is nearest to, or farthest from."""
    text = in_names(instruction, names).lower()
    gap = far_said(text)
    told = "|".join([*sorted(NEARNESS), *([re.escape(gap[0])] if gap else [])])
    near = rf"\b(?:{told})(?: (?!(?:to|from)\b)\w+){{0,2}}"
    after = r" (?:(?:to|from)(?: (?:the|a|an|my|that|this))?|the|my|that) "
    return [name for name in dict.fromkeys(names) if re.search(rf"{near}{after}{re.escape(name.lower())}\b", text)]
