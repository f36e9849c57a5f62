"""What a program's process may say, and the check that it said nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from .codec import ProtocolError

FIELDS: dict[str, dict[str, tuple[type, ...]]] = {
    "call": {"name": (str,), "args": (tuple,), "kwargs": (dict,), "line": (int, type(None))},
    "print": {"text": (str,), "line": (int, type(None))},
    "where": {"line": (int, type(None))},
    "raised": {
        "kind": (str,),
        "code": (str, type(None)),
        "message": (str,),
        "line": (int, type(None)),
        "memory": (bool,),
    },
    "done": {},
}
"""Type of message: its fields and their types. Every message has a `type` beside them."""

MAX_MESSAGE = 2000
"""Characters of an exception's message that are kept."""
OUT_OF_MEMORY = 86
"""Exit status of a program's process that had no memory left to say so."""


def check_message(message: dict[str, Any], names: Collection[str], lines: int) -> None:
    """ProtocolError unless `message` is one of FIELDS, calls one of `names`, and its line is one of the program's."""
    kind = message.get("type")
    expected = FIELDS.get(kind) if isinstance(kind, str) else None
    if expected is None:
        raise ProtocolError(f"a message of type {kind!r:.40}; valid: {', '.join(FIELDS)}")
    if message.keys() != expected.keys() | {"type"}:
        raise ProtocolError(f"a {kind} message with fields {sorted(message)!r:.80}; valid: {sorted(expected)}")
    for field, types in expected.items():
        if type(message[field]) not in types:
            raise ProtocolError(f"{kind}.{field} is a {type(message[field]).__name__}")
    line = message.get("line")
    if line is not None and not 1 <= line <= lines:
        raise ProtocolError(f"{kind}.line is {line} in a program of {lines} lines")
    if kind == "call":
        if message["name"] not in names:
            raise ProtocolError(f"a call of {message['name']!r:.60}, which is not among the program's primitives")
        if not all(isinstance(key, str) for key in message["kwargs"]):
            raise ProtocolError("call.kwargs has a key that is not a string")
