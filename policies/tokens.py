"""How many tokens a text may be, without any model's tokeniser.

The vocabularies of language models differ, so this counts high on purpose: no text that was measured has more tokens
than it says (docs/feedback.md gives the figures).
"""

from __future__ import annotations

import re

_PIECE = re.compile(r"[a-z]+| +|.", re.DOTALL)
_VOWEL = re.compile("[aeiouy]")
_LONG_WORD = 14
_MARK = "…"
_MARK_COST = 3


def estimate_tokens(text: str) -> int:
    """An upper estimate of the tokens in `text`.

    A lower-case word that can be spoken counts one token, and one more for every two letters; letters that cannot (few
    vowels, very long) count one each, and so do capitals, digits and signs. Everything else counts its UTF-8 bytes,
    which is the most that a byte-level vocabulary can need.
    """
    return sum(_cost(piece) for piece in _PIECE.findall(text))


def clip(text: str, most: int) -> str:
    """The beginning of `text` in at most `most` estimated tokens, ended by "…" when something is left out."""
    total, room_for_mark = 0, 0
    for match in _PIECE.finditer(text):
        total += _cost(match[0])
        if total <= most - _MARK_COST:
            room_for_mark = match.end()
        elif total > most:
            return text[:room_for_mark] + _MARK if most >= _MARK_COST else ""
    return text


def _cost(piece: str) -> int:
    first, length = piece[0], len(piece)
    if "a" <= first <= "z":
        spoken = length <= _LONG_WORD and length <= 4 * len(_VOWEL.findall(piece)) + 1
        return length // 2 + 1 if spoken else length
    if first == " ":
        return 0 if length == 1 else 1 + length // 32
    return len(piece.encode("utf-8", "surrogatepass"))
