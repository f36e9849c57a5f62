"""Talking with the person."""

from __future__ import annotations

from .context import Context
from .registry import primitive


@primitive(tier=("high", "low"))
def say(ctx: Context, text: object) -> None:
    """Tell the person something: an answer, or why something cannot be done."""
    ctx.say(str(text))


@primitive(tier=("high", "low"))
def ask(ctx: Context, question: str) -> str:
    """Ask the person and wait for the answer. Raises no_answer when nobody is there."""
    return ctx.ask(str(question))
