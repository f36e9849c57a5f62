"""A learned skill: a function of a policy program, and what is known about it, as one readable Python file."""

from __future__ import annotations

import ast
import json
import re
from dataclasses import dataclass, field, replace
from pathlib import Path

_HEAD = "# A skill that Capra learned; `capra skills` lists them. Edit or delete it freely."


@dataclass(frozen=True)
class Skill:
    """source: the function, with whatever functions it needs before it. description: what it is retrieved by.
    failures: error codes after which it had helped. learned_from: run directories. passed, tried: held-out seeds at
    admission. example: a call of it."""

    name: str
    source: str
    description: str
    example: str = ""
    learned_from: tuple[str, ...] = ()
    failures: tuple[str, ...] = ()
    version: int = 1
    passed: int = 0
    tried: int = 0
    task: str = ""

    def text(self) -> str:
        """The file."""
        facts = {k: v for k, v in vars(self).items() if k not in ("name", "source")}
        lines = [f"# {key}: {json.dumps(value, ensure_ascii=False)}" for key, value in facts.items()]
        return "\n".join([_HEAD, *lines, "", self.source.strip(), ""])

    @classmethod
    def read(cls, path: Path) -> Skill:
        """From a file. ValueError when it is none."""
        text = path.read_text(encoding="utf-8")
        facts = {m[1]: json.loads(m[2]) for m in re.finditer(r"^# (\w+): (.+)$", text, re.MULTILINE)}
        source = text[text.rindex("# task:") :].partition("\n")[2].strip() + "\n" if "# task:" in text else ""
        defined = [n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)]
        if path.stem not in defined:
            raise ValueError(f"{path} is not a skill: it defines no {path.stem}()")
        for key in ("learned_from", "failures"):
            facts[key] = tuple(facts.get(key, ()))
        known = {k: v for k, v in facts.items() if k in cls.__dataclass_fields__}
        return cls(path.stem, source, **known)

    def again(self, newer: Skill) -> Skill:
        """The next version of this skill."""
        traces = tuple(dict.fromkeys((*self.learned_from, *newer.learned_from)))
        failures = tuple(dict.fromkeys((*self.failures, *newer.failures)))
        return replace(newer, version=self.version + 1, learned_from=traces, failures=failures)


@dataclass(frozen=True)
class Record:
    """How often a skill was used since it was admitted, and how often the goal was achieved then."""

    uses: int = 0
    achieved: int = 0
    recent: tuple[bool, ...] = field(default=())
