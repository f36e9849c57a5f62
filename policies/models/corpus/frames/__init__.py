"""Wordings by other hands than the families' own: one frame a line in GROUP.txt, with (alternatives|of words) and <SLOTS>.

They were written for their group's meaning alone, without a look at any list that the author is measured on.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def frames(group: str) -> tuple[str, ...]:
    """All frames of a group. FileNotFoundError for a group that there is not."""
    lines = Path(__file__).with_name(f"{group}.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line)
