"""A folder of Code as Policies programs as it is published: each file's scene, instruction, goal and sub-programs."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..policies.author.fences import NoProgram, extract_program, fence
from ..policies.author.messages import Completion, Message, Style, text_of
from ..policies.mechanisms import Mechanisms
from ..sim.scene import Placement, SceneError, parse_words, sample
from ..tasks.task import Task
from .cap_goals import Goal, judge
from .trial import Trial

_INSTRUCTION = re.compile(r"^#\s*(?:instruction:\s*)?(.+?)\s*$", re.IGNORECASE)
_SUB = re.compile(r"\b(?:ret_val|new_shape_pts|new_traj_pts)\s*=")


@dataclass(frozen=True)
class CapProgram:
    """program: what is run. parts: published sub-programs by the comment that asks for them. goals: None when nobody
    has written any, so that running to the end is all that can be said."""

    name: str
    instruction: str
    scene: str
    program: str
    parts: dict[str, str]
    goals: tuple[Goal, ...] | None
    seed: int = 0

    @classmethod
    def read(cls, path: Path) -> CapProgram:
        """From a file and, where there is one, NAME.json beside it: {"instruction", "scene", "goals", "seed"}.

        Without it the instruction is the first comment after the line `objects = [...]`, and the scene that list.
        Recorded sub-programs may follow the program, as on the Code as Policies site. ValueError when the scene or
        the goals are not usable.
        """
        source = path.read_text(encoding="utf-8")
        beside = path.with_suffix(".json")
        told: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else {}
        program, parts = _split(source)
        objects = re.search(r"^objects = (\[.*?\])", program, re.MULTILINE | re.DOTALL)
        listed = ", ".join(ast.literal_eval(objects[1])) if objects else ""
        after = program[objects.end() :] if objects else program
        comments = [m[1] for line in after.splitlines() if (m := _INSTRUCTION.match(line))]
        goals = told.get("goals")
        if goals is not None:
            judge(goals)  # says which is not known
        return cls(
            path.stem,
            told.get("instruction") or (comments[0] if comments else path.stem),
            told.get("scene", listed),
            program,
            parts,
            None if goals is None else tuple(goals),
            int(told.get("seed", 0)),
        )

    def trial(self, **options: Any) -> Trial:
        """The trial that runs it once. SceneError when the scene cannot be built."""
        specs = parse_words(self.scene) if self.scene else []
        placements = sample(specs, np.random.default_rng(self.seed), gap=0.03)

        def drawn(rng: np.random.Generator) -> tuple[str, Sequence[Placement], dict[str, Any]]:
            return self.instruction, placements, {}

        task = None
        if self.goals is not None:
            task = Task(f"published/{self.name}", self.instruction, drawn, judge(self.goals), "")
        mechanisms = Mechanisms(dialect="cap", hierarchical=bool(self.parts))
        return Trial(
            self.instruction,
            tuple(placements),
            self.seed,
            task=task,
            instance=task.instance(self.seed) if task else None,
            attempts=1,
            mechanisms=mechanisms,
            **options,
        )


def _split(source: str) -> tuple[str, dict[str, str]]:
    """(the program, its recorded sub-programs by their comment)."""
    chunks = re.split(r"\n\s*\n", source.strip())
    subs = [k for k, chunk in enumerate(chunks) if k and (_SUB.search(chunk) or chunk.lstrip().startswith("def "))]
    first = min(subs, default=len(chunks))
    parts: dict[str, str] = {}
    for chunk in chunks[first:]:
        comment = re.search(r"^# (.+)$", chunk, re.MULTILINE)
        if comment and not comment[1].startswith("define function"):
            parts[_key(comment[1])] = chunk.strip() + "\n"
    return "\n\n".join(chunks[:first]).strip() + "\n", parts


def _key(text: str) -> str:
    words = re.sub(r"[^a-z0-9 ]", " ", text.lower()).split()
    return " ".join(w for w in words if w not in ("the", "a", "an"))


class PublishedAuthor:
    """Gives a published program, and its recorded sub-programs to whoever asks for one of them."""

    style: Style = "chat"
    open_ended = True

    def __init__(self, published: CapProgram) -> None:
        self.name = f"published:{published.name}"
        self._published, self._begun = published, False

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        """A request that no sub-program was recorded for gets an empty answer: the known phrases serve it then."""
        text = ""
        if not self._begun:
            self._begun, text = True, fence(self._published.program)
        else:
            try:
                task = extract_program(text_of(messages[-1]))
                text = fence(self._published.parts[_key(task.strip().splitlines()[-1].lstrip("# "))])
            except (NoProgram, KeyError, IndexError):
                text = ""
        return Completion(text, 0, 0, 0.0, 0.0, "stop")

    def close(self) -> None:
        """Nothing is held."""


def read_folder(folder: Path) -> list[CapProgram | tuple[str, str]]:
    """Every program of a folder by name; (name, reason) for one that cannot be read."""
    found: list[CapProgram | tuple[str, str]] = []
    for path in sorted(folder.glob("*.py")):
        try:
            found.append(CapProgram.read(path))
        except (ValueError, SyntaxError, OSError, SceneError) as error:
            found.append((path.stem, f"unreadable: {error}"))
    return found
