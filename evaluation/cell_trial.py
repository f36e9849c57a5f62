"""One trial in a cell: a real arm, or an emulated one that the maker's SDK drives. The loop is that of every trial."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..policies.audit import AUDIT, AuditLog
from ..policies.author.messages import Author
from ..policies.results import Judge
from ..policies.runner.runner import Runner
from ..policies.session import Session
from ..robots.cell import Cell
from ..robots.emulation import Bench
from ..tasks.task import Verdict
from .candidates import TwinSearch
from .conversation import Conversation
from .observed import ObservedScene
from .safeguard import Guarding, Safeguard
from .trial import Trial, camera_perception, run_session, session_options
from .twin import Twin


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
    guarding: Guarding | None = None,
    runner: Runner | None = None,
    listen: Callable[[Mapping[str, Any]], None] | None = None,
    on_text: Callable[[str], None] | None = None,
    say: Callable[[str], None] | None = None,
    ask: Callable[[str], str] | None = None,
) -> dict[str, Any]:
    """Connect, run one trial and return its report, as `run_trial` does.

    An emulated arm's task is judged on the plant's true state. On a real arm there is no judge: `achieved` is what the
    goal check says, and None without one.
    `late` in the report: s by which an emulated arm fell behind real time, on a computer too busy for it.
    guarding: what stands between a program and the arm; nothing but check and supervisor by default. Everything is kept
    in run_dir/audit.jsonl. RobotError when the arm cannot be reached, NotApproved when a person's word is missing.
    """
    start = time.monotonic()
    with cell.connect() as connection, closing(AuditLog(run_dir / AUDIT)) as audit:
        bench = connection.bench
        answer = trial.instance.answer if trial.instance else ""
        talk = Conversation(say, ask, answer, clock=lambda: float(bench.truth()["time"]) if bench else 0.0)
        judge = _plant_judge(bench, talk) if bench is not None and trial.task is not None else None
        gate = None
        if guarding is not None:
            gate = Safeguard(guarding, twin_of(cell, trial), run_dir, runner=runner, ask=talk.ask)
        search = TwinSearch(twin_of(cell, trial), run_dir, runner=runner, workers=trial.search_workers)
        with Session(
            connection.robot,
            author,
            run_dir,
            perception=camera_perception(cell.table),
            speed_scale=cell.speed_scale,
            workspace=cell.workspace,
            keep_out=cell.obstacles(),
            gate=gate,
            search=search,
            **session_options(trial, talk, runner),
        ) as session:
            audit.watch(session.trace, {name: m.robot for name, m in session.movers.items()}, connection.robot)
            if listen is not None:
                session.trace.listen(listen)
            session.on_text = on_text
            report = run_session(trial, session, judge, run_dir, start, lambda: _scene(bench))
            return {**report, "late": bench.truth()["late"] if bench else 0.0}


def twin_of(cell: Cell, trial: Trial) -> Twin:
    """The twin of a cell; its scene is still to be seen."""
    return Twin(
        cell.model(),
        ObservedScene((), cell.model().home, cell.model().max_width),
        cell.workspace,
        tuple(cell.obstacles()),
        cell.speed_scale,
        trial.tier,
        trial.budget,
        trial.seed,
        mechanisms=trial.mechanisms,
        table=cell.table,
    )


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
