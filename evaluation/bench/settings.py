"""What decides a benchmark's rows: kept beside them, so that a resumed benchmark is the same one."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from ...policies.mechanisms import from_mapping
from ..commands.exits import UsageError
from .seeds import kind_of

SETTINGS_FILE = "bench.json"
_LATER = frozenset({"mechanisms", "skills"})
"""What benchmarks that are older than these settings do not name: they had the usual."""


class BenchUsageError(UsageError):
    """Asked for wrongly (exit code 2): one line that says what to do."""


@dataclass(frozen=True, order=True)
class Job:
    """One trial to run."""

    task: str
    seed: int

    @property
    def run_dir(self) -> Path:
        """Where its run goes, below the benchmark's directory."""
        return Path("runs") / self.task / f"s{self.seed}"


@dataclass(frozen=True)
class Settings:
    """Everything that decides the rows of a benchmark, apart from the code.

    tasks: ids, in the order of the suite. attempts: programs per trial at most. trial_limit: wall seconds after which
    a trial counts as hung. version: of Capra. mechanisms: those that are not as by default. skills: the folder of
    people's primitives and learned skills, None without one.
    """

    suite: str
    tasks: tuple[str, ...]
    first_seed: int
    episodes: int
    author: str
    base_url: str | None = None
    attempts: int = 3
    tier: str = "high"
    perception: str = "camera"
    noise: str = "mild"
    faults: Mapping[str, float] = field(default_factory=dict)
    trial_limit: float = 600.0
    version: str = ""
    mechanisms: Mapping[str, Any] = field(default_factory=dict)
    skills: str | None = None

    @property
    def seeds(self) -> range:
        return range(self.first_seed, self.first_seed + self.episodes)

    @property
    def jobs(self) -> list[Job]:
        """Every trial, in the order in which results are listed."""
        return [Job(task, seed) for task in self.tasks for seed in self.seeds]

    def label(self, author: str | None = None) -> str:
        """What every figure must be read with. author: the name behind the settings' author, once it is known."""
        known = f" ({author})" if author and author != self.author else ""
        parts = [
            f"{self.perception} perception",
            f"{self.tier} tier",
            f"author {self.author}{known}",
            f"{kind_of(self.seeds)} seeds {self.seeds.start} to {self.seeds.stop - 1}",
            f"{self.attempts} attempt{'s' if self.attempts > 1 else ''} at most",
        ]
        if self.noise == "none":
            parts.append("cameras without noise")
        parts += from_mapping(self.mechanisms).label()
        if self.skills:
            parts.append(f"skills of {Path(self.skills).name}")
        parts += [f"fault {name} {share:g}" for name, share in self.faults.items()]
        return ", ".join(parts)

    def as_dict(self) -> dict[str, Any]:
        return {
            **asdict(self),
            "tasks": list(self.tasks),
            "faults": dict(self.faults),
            "mechanisms": dict(self.mechanisms),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Settings:
        """ValueError when a key is missing or unknown."""
        known = {f.name for f in fields(cls)}
        if set(data) | _LATER != known:
            odd = sorted((set(data) | _LATER) ^ known)
            raise ValueError(f"settings lack or do not know {', '.join(odd)}")
        return cls(**{**data, "tasks": tuple(data["tasks"])})

    def save(self, out: Path) -> None:
        """Write them into a benchmark's directory, whole or not at all."""
        part = out / f"{SETTINGS_FILE}.part"
        part.write_text(json.dumps(self.as_dict(), indent=1) + "\n", encoding="utf-8")
        os.replace(part, out / SETTINGS_FILE)

    @classmethod
    def load(cls, out: Path) -> Settings:
        """Those of a benchmark's directory. BenchUsageError when it is none."""
        path = out / SETTINGS_FILE
        try:
            return cls.from_dict(json.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise BenchUsageError(f"{out} is not a benchmark's directory: it has no {SETTINGS_FILE}") from None
        except (OSError, ValueError, TypeError) as error:
            raise BenchUsageError(f"cannot read {path}: {error}") from None

    def differences(self, other: Settings) -> list[str]:
        """`name: mine, theirs` of every setting that differs."""
        mine, theirs = self.as_dict(), other.as_dict()
        return [
            f"{name} {_shown(mine[name])} and {_shown(theirs[name])}" for name in mine if mine[name] != theirs[name]
        ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return f"{len(value)} of them" if len(value) > 3 else ", ".join(map(str, value))
    return "none" if value in (None, "", {}) else str(value)
