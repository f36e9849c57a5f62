"""`capra skills`, `capra new-primitive` and `capra primitives --check`."""

from __future__ import annotations

import argparse
import keyword
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from .commands.exits import UsageError


def add_commands(commands: Any) -> None:
    """The parsers of `skills` and `new-primitive`."""
    skills = commands.add_parser("skills", help="learned skills: list, learn from runs, prune")
    skills.add_argument("action", choices=("list", "learn", "prune"))
    skills.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="run directories to learn from")
    skills.add_argument("--skills", type=Path, metavar="DIR", help="the folder (default: $CAPRA_SKILLS)")
    skills.set_defaults(handler=_skills)
    new = commands.add_parser("new-primitive", help="write the file, test and doc stub of a primitive of your own")
    new.add_argument("name", metavar="NAME")
    new.add_argument("--skills", type=Path, metavar="DIR", help="where to (default: $CAPRA_SKILLS)")
    new.set_defaults(handler=_new_primitive)


def check_file(path: Path) -> int:
    """Run the conformance checks on a file of primitives; 0 when all pass. UsageError for a bad path."""
    from ..primitives.conformance import examine

    if not path.is_file():
        raise UsageError(f"--check {path}: there is no such file")
    table = Table("primitive", "check", "", "found")
    findings = examine(path)
    for finding in findings:
        table.add_row(finding.primitive, finding.check, "passed" if finding.passed else "FAILED", finding.detail)
    Console(highlight=False).print(table)
    return 0 if all(f.passed for f in findings) else 1


def _skills(options: argparse.Namespace) -> int:
    from ..policies.skills.library import LEARNED, SkillLibrary
    from ..primitives.plugins import skills_folder

    console = Console(highlight=False)
    library = SkillLibrary(skills_folder(options.skills) / LEARNED)
    if options.action == "list":
        table = Table("skill", "version", "held-out", "uses", "achieved", "description")
        for skill in library.all():
            record = library.record(skill.name)
            tested = f"{skill.passed}/{skill.tried}"
            table.add_row(
                skill.name, str(skill.version), tested, str(record.uses), str(record.achieved), skill.description
            )
        console.print(table)
        for problem in library.problems:
            console.print(f"left out: {problem}", markup=False)
        return 0
    return _learn(options.runs, library, console) if options.action == "learn" else _prune(library, console)


def _learn(runs: list[Path], library: Any, console: Console) -> int:
    from ..policies.runner.runner import Runner
    from .skill_trials import learn, replay_with

    if not runs:
        raise UsageError("name the runs to learn from: capra skills learn RUN...")
    admitted = 0
    with Runner() as runner:
        for run in runs:
            try:
                told = learn(run, library, replay_with(runner))
            except ValueError as error:
                raise UsageError(str(error)) from None
            admitted += told.admitted
            name = told.skill.name if told.skill else "-"
            word = "admitted" if told.admitted else "refused"
            console.print(f"{run.name}: {name} {word}: {told.reason}", markup=False, soft_wrap=True)
    return 0 if admitted else 1


def _prune(library: Any, console: Console) -> int:
    from ..policies.runner.runner import Runner
    from .skill_trials import HELD_OUT, replay_with

    with Runner() as runner:
        retired = library.prune(replay_with(runner), range(5000, 5000 + HELD_OUT))
    for name, reason in retired:
        console.print(f"retired {name}: {reason}", markup=False)
    console.print(f"{len(retired)} retired, {len(library.all())} kept", markup=False)
    return 0


def _new_primitive(options: argparse.Namespace) -> int:
    from ..primitives.plugins import skills_folder
    from ..primitives.registry import default_registry

    name: str = options.name
    if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
        raise UsageError(f"{name!r} is no name for a primitive: use letters, digits and _, such as count_blocks")
    if name in default_registry():
        raise UsageError(f"there is a primitive named {name!r} already; give yours another name")
    folder = skills_folder(options.skills)
    files = {f"{name}.py": _PRIMITIVE, f"test_{name}.py": _TEST, f"{name}.md": _PAGE}
    for file in files:
        if (folder / file).exists():
            raise UsageError(f"{folder / file} exists already")
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (folder / file).write_text(text.replace("NAME", name), encoding="utf-8")
        Console(highlight=False).print(str(folder / file), markup=False, soft_wrap=True)
    return 0


_PRIMITIVE = '''\
"""The primitive NAME. Its signature and docstring are what the author of programs reads."""

from __future__ import annotations

from capra.primitives.context import Context
from capra.primitives.errors import PrimitiveError
from capra.primitives.perception.query import match
from capra.primitives.registry import primitive


@primitive(tier="high")
def NAME(ctx: Context, query: str) -> float:
    """How far apart the two objects that a description matches are, in metres.

    Raises not_found unless exactly two match.
    """
    found = match(query, ctx.objects())
    if len(found) != 2:
        raise PrimitiveError("not_found", f"{len(found)} objects match {query!r}, and two are needed", query=query)
    dx, dy = (found[0].position - found[1].position)[:2]
    return float((dx * dx + dy * dy) ** 0.5)
'''
_TEST = '''\
"""NAME, in a scene of two blocks. Run: python -m pytest test_NAME.py"""

from pathlib import Path

from capra.policies.author.fences import fence
from capra.policies.author.replay import ScriptedAuthor
from capra.policies.session import Session
from capra.primitives.conformance import examine
from capra.primitives.plugins import full_registry
from capra.sim.bodies import BodySpec
from capra.sim.scene import Placement
from capra.tasks.stage import set_up

HERE = Path(__file__).parent


def test_it_conforms() -> None:
    assert [f for f in examine(HERE / "NAME.py") if not f.passed] == []


def test_it_does_what_it_says(tmp_path: Path) -> None:
    robot = set_up([Placement(BodySpec("block", "red"), 0.5, y) for y in (-0.1, 0.1)], 0)
    author = ScriptedAuthor([fence('say(round(NAME("red block"), 2))')])
    said: list[str] = []
    with Session(robot, author, tmp_path, primitives=full_registry(HERE), say=said.append) as session:
        session.run("how far apart are they?", attempts=1)
    robot.close()
    assert said == ["0.2"]
'''
_PAGE = """\
# NAME

What it does, when a program should use it, and what it cannot do.

```python
say(NAME("red block"))
```
"""
