"""One trial in a cell: a real arm, or an emulated one that the maker's SDK drives. The loop is that of every trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..policies.author.messages import Author
from ..policies.runner.runner import Runner
from ..policies.session import Judge, Session
from ..policies.skills.library import LEARNED, SkillLibrary
from ..primitives.plugins import full_registry
from ..robots.cell import Cell
from ..robots.emulation import Bench
from ..tasks.task import Verdict
from .conversation import Conversation
from .trial import Trial, run_session


def emulated(cell: Cell, *, task: str | None, scene: str | None, seed: int) -> Cell:
    """The cell with its emulator set up for a task (by id) or a scene (words or a file); others stay as they are."""
    if cell.fake is None or (task is None and scene is None):
        return cell
    return replace(cell, fake={**({"task": task} if task else {"scene": scene}), "seed": seed})


def run_cell_trial(
    trial: Trial,
    cell: Cell,
    author: Author,
    run_dir: Path,
    *,
    runner: Runner | None = None,
    listen: Callable[[Mapping[str, Any]], None] | None = None,
    on_text: Callable[[str], None] | None = None,
    say: Callable[[str], None] | None = None,
    ask: Callable[[str], str] | None = None,
) -> dict[str, Any]:
    """Connect, run one trial and return its report, as `run_trial` does.

    An emulated arm's task is judged on the plant's true state. On a real arm there is no judge: `achieved` stays None.
    RobotError when the arm cannot be reached.
    """
    start = time.monotonic()
    with cell.connect() as connection:
        bench = connection.bench
        talk = Conversation(say, ask, trial.instance.answer if trial.instance else "")
        judge = _plant_judge(bench, talk) if bench is not None and trial.task is not None else None
        with Session(
            connection.robot,
            author,
            run_dir,
            tier=trial.tier,
            runner=runner,
            budget=trial.budget,
            speed_scale=cell.speed_scale,
            workspace=cell.workspace,
            keep_out=cell.obstacles(),
            seed=trial.seed,
            say=talk.say,
            ask=talk.ask,
            mechanisms=trial.mechanisms,
            primitives=full_registry(trial.skills) if trial.mechanisms.skills else None,
            skills=SkillLibrary(trial.skills / LEARNED) if trial.skills else None,
        ) as session:
            if listen is not None:
                session.trace.listen(listen)
            session.on_text = on_text
            return run_session(trial, session, judge, run_dir, start, lambda: _scene(bench))


def _plant_judge(bench: Bench, talk: Conversation) -> Judge:
    def judge() -> Verdict:
        said = bench.do("judge", heard=dict(talk.heard()))
        return Verdict(said["achieved"], said["score"], tuple(said["reasons"]), said["other_scores"])

    return judge


def _scene(bench: Bench | None) -> list[dict[str, Any]]:
    if bench is None:
        return []
    return [
        {"name": name, "position": [round(v, 5) for v in seven[:3]], "quaternion": [round(v, 5) for v in seven[3:]]}
        for name, seven in bench.truth()["bodies"].items()
    ]
