"""One trial: a scene, an instruction, an author, and the run directory it leaves; for the CLI and benchmarks."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from .. import __version__
from ..policies.author.erring import Known
from ..policies.author.messages import Author
from ..policies.gate import NotApproved
from ..policies.goals.checker import GoalCheck
from ..policies.mechanisms import Mechanisms
from ..policies.results import Judge, Result
from ..policies.runner.runner import Budget, Runner
from ..policies.session import Session
from ..policies.skills.library import LEARNED, SkillLibrary
from ..policies.skills.propose import skill_name
from ..primitives.context import Perception
from ..primitives.perception.scene import CameraPerception
from ..primitives.perception.settings import Settings
from ..primitives.plugins import full_registry
from ..primitives.registry import Tier
from ..sim.camera import NO_NOISE, CameraNoise
from ..sim.recorder import Recorder
from ..sim.robot import SimRobot
from ..sim.scene import Placement
from ..sim.tables import Bounds, table_of
from ..sim.world import World
from ..tasks.stage import judge_in, set_up
from ..tasks.task import Instance, Task
from .conversation import Conversation
from .privileged import PrivilegedPerception

PERCEPTIONS = ("camera", "privileged")


@dataclass(frozen=True)
class Trial:
    """Everything that decides what happens, apart from the author.

    task and instance are None for a free instruction, which has no judge. perception: one of PERCEPTIONS. skills: the
    folder of people's primitives, with the learned skills in `learned/` below it. more: further
    instructions, carried out one after the other in the same session; they have no judge. goal_check: the text of one
    that is given beforehand, for the first instruction and the mechanism `goal_check="given"`; of_task takes the
    task's. search_workers: processes in which candidates are tried out.
    """

    instruction: str
    placements: tuple[Placement, ...]
    seed: int = 0
    task: Task | None = None
    instance: Instance | None = None
    attempts: int = 3
    tier: Tier = "high"
    perception: str = "camera"
    faults: Mapping[str, float] = field(default_factory=dict)
    noise: CameraNoise = NO_NOISE
    robot: str = "panda"
    gui: bool = False
    budget: Budget = field(default_factory=Budget)
    mechanisms: Mechanisms = field(default_factory=Mechanisms)
    skills: Path | None = None
    more: Iterable[str] = ()
    goal_check: str = ""
    search_workers: int = 1

    @classmethod
    def of_task(cls, task: Task, seed: int, instruction: str | None = None, **options: Any) -> Trial:
        """The trial that a task makes of a seed; `instruction` replaces the task's own words."""
        instance = task.instance(seed)
        options.setdefault("robot", task.robot)
        options["faults"] = {**task.faults, **options.get("faults", {})}
        options["goal_check"] = options.get("goal_check") or instance.goal_check
        placements = tuple(table_of(options["robot"]).lay_out(instance.placements, seed))
        return cls(instruction or instance.instruction, placements, seed, task, instance, **options)

    @property
    def expert(self) -> str:
        """The task's own program for this tier; empty when it has none."""
        if self.instance is None:
            return ""
        return self.instance.expert if self.tier == "high" else self.instance.low_expert

    @property
    def known(self) -> Known | None:
        """What an author that is handed its programs knows of this trial; None without a task."""
        if self.task is None or self.instance is None:
            return None
        return Known(self.expert, self.goal_check, given_by(self.instance), skill_name(self.task.id), self.seed)


def given_by(instance: Instance) -> dict[str, str]:
    """The parameters of an instance that are names: {"block": "red block"}."""
    return {key: value for key, value in instance.parameters.items() if isinstance(value, str) and key.isidentifier()}


def camera_perception(bounds: Bounds | None) -> CameraPerception:
    """Perception through cameras that looks for objects on this part of the table (m); None: on the usual one."""
    return CameraPerception(Settings(bounds=bounds) if bounds else None)


def make_perception(name: str, world: World, bounds: Bounds | None = None) -> Perception:
    """The perception of this name. ValueError when there is none."""
    if name not in PERCEPTIONS:
        raise ValueError(f"perception must be one of {', '.join(PERCEPTIONS)}, got {name!r}")
    return PrivilegedPerception(world) if name == "privileged" else camera_perception(bounds)


def make_run_dir(parent: Path, label: str, seed: int) -> Path:
    """A new directory below `parent`, named by time, label and seed. OSError when it cannot be made."""
    stamp, label = datetime.now().strftime("%Y%m%d-%H%M%S"), label.replace("/", "-")
    parent.mkdir(parents=True, exist_ok=True)
    for number in range(1, 1000):
        path = parent / (f"{stamp}-{label.replace('/', '-')}-s{seed}" + (f"-{number}" if number > 1 else ""))
        try:
            path.mkdir()
        except FileExistsError:
            continue
        return path
    raise FileExistsError(f"{parent} already holds a thousand runs of this second")


def session_options(trial: Trial, talk: Conversation, runner: Runner | None) -> dict[str, Any]:
    """What a session takes from a trial, wherever it runs."""
    return {
        "tier": trial.tier,
        "runner": runner,
        "budget": trial.budget,
        "seed": trial.seed,
        "say": talk.say,
        "ask": talk.ask,
        "mechanisms": trial.mechanisms,
        "primitives": full_registry(trial.skills) if trial.mechanisms.skills else None,
        "skills": SkillLibrary(trial.skills / LEARNED) if trial.skills else None,
    }


def run_trial(
    trial: Trial,
    author: Author,
    run_dir: Path,
    *,
    runner: Runner | None = None,
    listen: Callable[[Mapping[str, Any]], None] | None = None,
    on_text: Callable[[str], None] | None = None,
    say: Callable[[str], None] | None = None,
    ask: Callable[[str], str] | None = None,
    record: bool = True,
) -> dict[str, Any]:
    """Run one trial and return its report, the object that `--json` prints; it is also written to run_dir/run.json.

    AuthorError, InfrastructureError and KeyboardInterrupt pass through after trace and run.json are complete.
    """
    start = time.monotonic()
    table = table_of(trial.robot)
    robot = set_up(
        trial.placements, trial.seed, robot=trial.robot, gui=trial.gui, noise=trial.noise, faults=trial.faults
    )
    recorder = Recorder(robot, run_dir / "motion.jsonl") if record else None
    try:
        answer = trial.instance.answer if trial.instance else ""
        talk = Conversation(say, ask, answer, clock=lambda: robot.state().time)
        judge = None
        if trial.task and trial.instance:
            judge = judge_in(robot.world, trial.task, trial.instance, heard=talk.heard, faults=robot.faults)
        search = None
        if trial.mechanisms.candidates > 1:
            from .candidates import simulated_search  # a twin is a trial of its own

            search = simulated_search(robot, table, trial, run_dir, runner)
        with Session(
            robot,
            author,
            run_dir,
            perception=make_perception(trial.perception, robot.world, table.bounds),
            workspace=table.workspace,
            search=search,
            **session_options(trial, talk, runner),
        ) as session:
            if listen is not None:
                session.trace.listen(listen)
            session.on_text = on_text

            def note_fault(name: str, facts: dict[str, Any]) -> None:
                session.trace.write("fault", name=name, facts=facts)

            robot.faults.listeners.append(note_fault)
            return run_session(trial, session, judge, run_dir, start, lambda: true_scene(robot))
    finally:
        if recorder is not None:
            recorder.close()
        robot.close()


def run_session(
    trial: Trial,
    session: Session,
    judge: Judge | None,
    run_dir: Path,
    start: float,
    scene: Callable[[], list[dict[str, Any]]],
) -> dict[str, Any]:
    """Run a session from the trace's first event to its last, and write and return the report.

    start: when the trial began (monotonic s). scene: the true final scene, where it is known.
    """
    trace = session.trace
    trace.write(
        "run",
        instruction=trial.instruction,
        task=trial.task.id if trial.task else None,
        seed=trial.seed,
        robot=trial.robot,
        author=session.author.name,
        tier=trial.tier,
        perception=trial.perception,
        attempts=trial.attempts,
        faults=dict(trial.faults),
        mechanisms=asdict(trial.mechanisms),
        versions={"capra": __version__},
    )
    report: dict[str, Any] = {}
    exit_code = 3
    instructions: list[str] = []
    results: list[Result] = []
    try:
        for instruction in itertools.chain([trial.instruction], trial.more):
            instructions.append(instruction)
            first = not results
            session.run(
                instruction,
                attempts=trial.attempts,
                judge=judge if first else None,
                goal_check=GoalCheck(trial.goal_check) if first and trial.goal_check else None,
            )
            results.append(session.result)
        achieved = results[0].achieved if results[0].achieved is not None else results[-1].completed
        exit_code = 0 if achieved else 1
    except NotApproved:
        exit_code = 2
        raise
    except KeyboardInterrupt:
        exit_code = 130
        raise
    finally:
        if not any(session.result is r for r in results):
            results.append(session.result)
        result, attempts = results[0], [a for r in results for a in r.attempts]
        trace.attempt = None
        trace.write("end", achieved=result.achieved, judged_by=result.judged_by, exit_code=exit_code)
        report = {
            "achieved": result.achieved,
            "judged_by": result.judged_by,
            "score": result.score,
            "other_scores": result.other_scores,
            "task": trial.task.id if trial.task else None,
            "instruction": trial.instruction,
            **({"instructions": instructions} if len(instructions) > 1 else {}),
            "seed": trial.seed,
            "author": session.author.name,
            "robot": trial.robot,
            "tier": trial.tier,
            "perception": trial.perception,
            "feedback": trial.mechanisms.feedback,
            "attempts": [a.as_dict() for a in attempts],
            "run_dir": str(run_dir),
            "seconds_wall": round(time.monotonic() - start, 4),
            "scene": scene(),
            "exit_code": exit_code,
        }
        stored = {**report, "placements": [asdict(p) for p in trial.placements], "faults": dict(trial.faults)}
        (run_dir / "run.json").write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return report


def true_scene(robot: SimRobot) -> list[dict[str, Any]]:
    """The true poses and sizes of all bodies: for people and scripts, never for programs."""
    world = robot.world
    return [
        {
            "name": name,
            "position": _rounded(world.pose(name).position),
            "quaternion": _rounded(world.pose(name).quaternion),
            "size": list(world.specs[name].extents),
        }
        for name in world.names
    ]


def _rounded(values: np.ndarray | Sequence[float]) -> list[float]:
    return [round(float(v), 5) for v in values]
