"""Answers to questions about the scene."""

from __future__ import annotations

import re

import numpy as np

from ..scene import View
from . import not_understood
from .objects import candidates, objects_of, one_of, reference
from .words import WAY, direction, plain


def parse_question(request: str, names: list[str] | None, view: View) -> bool | int | str | list[str]:
    """A bool for "is", a number for "how many", names for "what" and "which"."""
    text = plain(request)
    among = candidates(names, view)
    many = re.fullmatch(r"how many (.+)", text)
    if many:
        return len(objects_of(_noun(many[1]), among, view)[0])
    any_of = re.fullmatch(r"(?:is|are) there (?:any |some )?(.+)|do you see (?:any )?(.+)", text)
    if any_of:
        return bool(objects_of(_noun(any_of[1] or any_of[2]), among, view)[0])
    what = re.fullmatch(r"(?:what|which) (?:is|are) (.+)|(?:what|which) (.+)|name (.+)", text)
    if what:
        noun = _noun(what[1] or what[2] or what[3])
        noun = f"objects {noun}" if re.match(r"(?:in|on|inside|near|left|right|above|below|under)\b", noun) else noun
        found, plural = objects_of(noun, among, view)
        listed = [t.name for t in found]
        return listed if plural or len(listed) != 1 else listed[0]
    beside = re.fullmatch(rf"(?:is|are) (.+?) (?:to )?({WAY})(?: side)?(?: of)? (.+)", text)
    if beside:
        asked, _ = objects_of(beside[1], among, view)
        way, at = direction(beside[2]), reference(beside[3], view)
        return bool(asked) and all(float(way @ (t.xy - at)) > 0 for t in asked)
    within = re.fullmatch(r"(?:is|are) (.+?) (?:on top of|on|in|inside) (.+)", text)
    if within:
        asked, _ = objects_of(within[1], among, view)
        held = view.inside(one_of(within[2], view))
        return bool(asked) and all(t in held for t in asked)
    near = re.fullmatch(r"(?:is|are) (.+?) (?:closer|nearer) to (.+?) than (?:to )?(.+)", text)
    if near:
        asked, first, second = one_of(near[1], view).xy, reference(near[2], view), reference(near[3], view)
        return bool(np.hypot(*(asked - first)) < np.hypot(*(asked - second)))
    raise not_understood("parse_question", request)


def _noun(text: str) -> str:
    """Without the verb: "bowls are to the left of ..." -> "bowls to the left of ..."."""
    text = re.sub(r"\b(?:are|is) there\b|\bdo you see\b|\bcan you see\b", " ", text)
    return " ".join(re.sub(r"\b(?:are|is|there|lie|lies)\b", " ", text, count=1).split())
