"""Candidate programs tried out: each in a twin of its own, rebuilt from what the cameras see now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ..policies.candidates import Tried
from ..policies.goals.checker import GoalCheck
from ..policies.runner.runner import Runner
from ..policies.trace import Trace
from ..primitives.context import Context
from ..primitives.values import Object
from ..sim.robot import SimRobot
from ..sim.tables import Table
from .observed import ObservedScene
from .trial import Trial
from .twin import Rehearsal, Twin, rehearse_all

FOLDER = "candidates"


class TwinSearch:
    """A `policies.candidates.Search`. twin: its scene still empty; the scene is taken from each attempt's look, so that
    nothing of a simulation's true state decides. workers: processes; with one, this process and `runner`."""

    def __init__(self, twin: Twin, run_dir: Path, *, runner: Runner | None = None, workers: int = 1) -> None:
        self._twin, self._run_dir, self._runner, self._workers = twin, run_dir, runner, workers

    def try_out(
        self,
        programs: Sequence[str],
        objects: Sequence[Object],
        context: Context,
        trace: Trace,
        goal_check: GoalCheck | None,
    ) -> list[Tried]:
        if context.pair is not None:
            trace.write("note", text="a robot of two arms has no twin: the candidates are not tried out")
            return []
        scene = ObservedScene.of(context.robot, objects)
        twin = replace(self._twin, scene=scene, goal_check=goal_check)
        folder = self._run_dir / f"{FOLDER}-{trace.attempt}"
        rehearsals = rehearse_all(programs, twin, folder, workers=self._workers, runner=self._runner)
        return [_tried(r, self._run_dir) for r in rehearsals]


def simulated_search(robot: SimRobot, table: Table, trial: Trial, run_dir: Path, runner: Runner | None) -> TwinSearch:
    """Where the candidates of a simulated trial are tried out: in twins without faults, which nobody can foresee."""
    twin = Twin(
        robot.model,
        ObservedScene((), robot.model.home, robot.model.max_width),
        table.workspace,
        tier=trial.tier,
        budget=trial.budget,
        seed=trial.seed,
        noise=trial.noise,
        mechanisms=trial.mechanisms,
        table=table.bounds,
    )
    return TwinSearch(twin, run_dir, runner=runner, workers=trial.search_workers)


def _tried(rehearsal: Rehearsal, run_dir: Path) -> Tried:
    failed = sum(1 for event in rehearsal.returns if event.get("error"))
    return Tried(
        rehearsal.fulfilled,
        rehearsal.passed,
        failed + len(rehearsal.reasons),
        round(sum(seconds for _, seconds in rehearsal.motions), 3),
        rehearsal.clearance,
        (*rehearsal.reasons, *rehearsal.unmet),
        str(Path(rehearsal.directory).relative_to(run_dir)),
    )
