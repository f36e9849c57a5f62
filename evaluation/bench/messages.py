"""What a worker says to the benchmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .rows import Row


@dataclass(frozen=True)
class Ready:
    """The worker is up. pid: its process."""

    pid: int


@dataclass(frozen=True)
class Done:
    """A trial came to an end. files: the run directory's content by relative path, from workers that do not share a
    file system with the benchmark."""

    row: Row
    files: dict[str, bytes] | None = None


@dataclass(frozen=True)
class Refused:
    """The author cannot write: nothing that a trial could be blamed for. It ends the benchmark."""

    kind: Literal["usage", "infrastructure"]
    message: str


@dataclass(frozen=True)
class Died:
    """The worker's process is gone."""

    how: str


Message = Ready | Done | Refused | Died
