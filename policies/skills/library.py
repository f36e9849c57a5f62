"""The skills that have been admitted: a folder of Python files, retrieved by words and by what went wrong."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from .skill import Record, Skill

Replay = Callable[[Skill, int], bool]
"""Whether a program made of this skill achieves its goal on this seed."""

LEARNED = "learned"
"""Folder of learned skills within the folder of people's primitives."""
ADMIT_SHARE = 0.8
"""Share of the held-out seeds that a skill must pass to enter, and to stay."""
MIN_USES = 4
"""Uses before a skill can be pruned for not helping."""
HELP_SHARE = 0.5
"""A skill that was there when less than this share of its last uses achieved the goal does not help."""
_RECENT = 10
_FAILURE_BONUS = 0.35
_LEAST_SCORE = 0.3
_COMMON = frozenset(
    {"the", "a", "an", "of", "to", "in", "on", "and", "with", "all", "it", "is", "are", "into", "put", "place", "move"}
)


class SkillLibrary:
    """Skills below `folder`: NAME.py is a skill, NAME.log its uses, `retired/` holds what was pruned."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def all(self) -> list[Skill]:
        """By name. A file that is no skill is left out and named in `problems`."""
        found: list[Skill] = []
        self.problems = []
        for path in sorted(self.folder.glob("*.py")):
            try:
                found.append(Skill.read(path))
            except (ValueError, SyntaxError, TypeError, OSError) as error:
                self.problems.append(f"{path}: {error}")
        return found

    def source_of(self, name: str) -> str:
        """The source of a skill of this name; "" when there is none."""
        return next((s.source for s in self.all() if s.name == name), "")

    def retrieve(self, instruction: str, failures: Iterable[str] = (), most: int = 3) -> list[Skill]:
        """The skills for an instruction, best first. failures: error codes of the attempts so far."""
        seen = set(failures)
        skills = self.all()
        scored = [(similarity(instruction, f"{s.name} {s.description}") + _bonus(s, seen), s) for s in skills]
        return [s for score, s in sorted(scored, key=lambda p: -p[0]) if score >= _LEAST_SCORE][:most]

    def admit(self, skill: Skill, replay: Replay, seeds: Sequence[int]) -> tuple[bool, Skill]:
        """Whether the skill enters, and the skill with what its replay on held-out seeds showed.

        It enters when it passes ADMIT_SHARE of the seeds, and, where there is one of its name, at least as often as
        that one. ValueError without seeds.
        """
        if not seeds:
            raise ValueError("a skill is admitted on held-out seeds only; give some")
        passed = sum(replay(skill, seed) for seed in seeds)
        tested = replace(skill, passed=passed, tried=len(seeds))
        old = next((s for s in self.all() if s.name == skill.name), None)
        if passed < ADMIT_SHARE * len(seeds) or (old is not None and old.tried and passed / len(seeds) < _share(old)):
            return False, tested
        tested = old.again(tested) if old else tested
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{skill.name}.py").write_text(tested.text(), encoding="utf-8")
        return True, tested

    def note_use(self, name: str, achieved: bool, where: str) -> None:
        """Keep that a program used a skill, and whether its goal was achieved."""
        with (self.folder / f"{name}.log").open("a", encoding="utf-8") as log:
            log.write(f"{'achieved' if achieved else 'failed'} {where}\n")

    def record(self, name: str) -> Record:
        """The uses of a skill so far."""
        path = self.folder / f"{name}.log"
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        good = [line.startswith("achieved") for line in lines]
        return Record(len(good), sum(good), tuple(good[-_RECENT:]))

    def prune(self, replay: Replay | None = None, seeds: Sequence[int] = ()) -> list[tuple[str, str]]:
        """Retire what does not help any more: (name, reason). Retired skills stay readable in `retired/`.

        A skill goes when less than HELP_SHARE of its last uses achieved their goal; with `replay`, also when it does
        not pass ADMIT_SHARE of the seeds any more, such as after a change of the primitives.
        """
        retired: list[tuple[str, str]] = []
        for skill in self.all():
            recent = self.record(skill.name).recent
            reason = ""
            if len(recent) >= MIN_USES and sum(recent) < HELP_SHARE * len(recent):
                reason = f"achieved in {sum(recent)} of its last {len(recent)} uses"
            elif replay is not None and seeds:
                passed = sum(replay(skill, seed) for seed in seeds)
                if passed < ADMIT_SHARE * len(seeds):
                    reason = f"passes {passed} of {len(seeds)} seeds, {skill.passed} of {skill.tried} when admitted"
            if reason:
                self._retire(skill)
                retired.append((skill.name, reason))
        return retired

    def _retire(self, skill: Skill) -> None:
        place = self.folder / "retired"
        place.mkdir(exist_ok=True)
        for path in (self.folder / f"{skill.name}.py", self.folder / f"{skill.name}.log"):
            if path.is_file():
                path.rename(place / f"{path.stem}-v{skill.version}{path.suffix}")


def skills_used(program: str, skills: Iterable[Skill]) -> list[str]:
    """Names of the skills that a program calls."""
    try:
        tree = ast.parse(program)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    return [s.name for s in skills if s.name in called]


def similarity(one: str, other: str) -> float:
    """Cosine of two texts' words, without the commonest and without colours."""
    a, b = _words(one), _words(other)
    both = sum(a[w] * b[w] for w in a)
    size = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
    return both / size if size else 0.0


def _words(text: str) -> Counter[str]:
    found = (w.removesuffix("s") for w in re.findall(r"[a-z]+", text.lower()))
    return Counter(w for w in found if w not in _COMMON)


def _bonus(skill: Skill, failures: set[str]) -> float:
    return _FAILURE_BONUS if failures & set(skill.failures) else 0.0


def _share(skill: Skill) -> float:
    return skill.passed / skill.tried
