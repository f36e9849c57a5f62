"""The twin: a program runs in a simulation rebuilt from what the cameras see, before it runs on an arm.

`rehearse` is one program in one twin; `rehearse_all` runs several, each in a twin of its own, in parallel processes.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..policies.author.fences import fence
from ..policies.author.replay import ScriptedAuthor
from ..policies.dispatch import InfrastructureError
from ..policies.goals.checker import GoalCheck
from ..policies.mechanisms import Mechanisms
from ..policies.report.html import write_report
from ..policies.runner.runner import Budget, Runner
from ..policies.session import Session
from ..policies.video import write_gif
from ..primitives.context import PhraseFinder
from ..primitives.registry import Tier
from ..primitives.values import Object
from ..robots.boxes import BoxObstacle
from ..robots.protocols import RobotModel
from ..robots.safety import Workspace
from ..sim.camera import NO_NOISE, STAGE, CameraNoise
from ..sim.recorder import Recorder, read_recording, render_recording
from ..sim.robot import SimRobot
from ..sim.scene import SceneError
from ..sim.tables import Bounds
from ..sim.touch import ClearanceWatch, TouchWatch
from .observed import ObservedScene, build_twin
from .trial import camera_perception

FOLDER = "rehearsal"
_FALLEN = -0.03  # m: the middle of what is lower has left the table
_PREVIEW_FRAMES = 20
_PREVIEW = replace(STAGE, width=320, height=256)


@dataclass(frozen=True)
class Twin:
    """Everything that decides what happens in a twin, apart from the program. It can be sent to another process.

    table: where objects are looked for (x and y ranges in m); None: on the usual part. goal_check: looks at the twin
    afterwards.
    """

    model: RobotModel
    scene: ObservedScene
    workspace: Workspace | None = None
    keep_out: tuple[BoxObstacle, ...] = ()
    speed_scale: float = 1.0
    tier: Tier = "high"
    budget: Budget = field(default_factory=Budget)
    seed: int = 0
    noise: CameraNoise = NO_NOISE
    mechanisms: Mechanisms = field(default_factory=Mechanisms)
    table: Bounds | None = None
    goal_check: GoalCheck | None = None


@dataclass(frozen=True)
class Rehearsal:
    """What became of a program in its twin.

    passed: it ran to its end and nothing in `reasons` went wrong. error: as of an attempt. returns: the trace's
    "return" events, in order: calls, with their facts before and after. motions: (what, seconds of the arm's time) of
    each trajectory and grip. final: what the twin's cameras see afterwards. approximated:
    things that the twin could only stand a block for. directory: holds trace, report and recording.
    fulfilled: what the twin's goal check said, None without one or when it broke; unmet: its reasons. clearance: m that
    the arm's links kept from things at least (see `ClearanceWatch`).
    """

    passed: bool
    status: str
    error: dict[str, Any] | None
    reasons: tuple[str, ...]
    returns: tuple[dict[str, Any], ...]
    motions: tuple[tuple[str, float], ...]
    final: tuple[Object, ...]
    approximated: tuple[str, ...]
    seconds_sim: float
    seconds_wall: float
    directory: str
    preview: str | None = None
    fulfilled: bool | None = None
    unmet: tuple[str, ...] = ()
    clearance: float = ClearanceWatch.FAR


def rehearse(
    program: str,
    twin: Twin,
    directory: Path,
    *,
    runner: Runner | None = None,
    ask: Callable[[str], str] | None = None,
    preview: bool = False,
    grounding: PhraseFinder | None = None,
) -> Rehearsal:
    """Run a program in a twin; nothing real moves. Trace, report and recording go to `directory`, which is made.

    runner: whose walls the program runs in, by default one of its own. ask: who answers the program's questions.
    preview: also render `preview.gif`. grounding: who finds in the twin what perception has no words for. Whatever goes
    wrong in the twin is part of the result.
    """
    begun = time.monotonic()
    directory.mkdir(parents=True, exist_ok=True)
    try:
        robot, approximated = build_twin(twin.scene, twin.model, seed=twin.seed, noise=twin.noise)
    except (SceneError, ValueError) as error:
        failed = {"code": "infrastructure", "message": f"the scene cannot be rebuilt: {error}", "line": None}
        return Rehearsal(
            False, "infrastructure", failed, (failed["message"],), (), (), (), (), 0.0, 0.0, str(directory)
        )
    recorder, touch, clearance = Recorder(robot, directory / "motion.jsonl"), TouchWatch(robot), ClearanceWatch(robot)
    motions: list[tuple[str, float]] = []
    try:
        author = ScriptedAuthor([fence(program)], "rehearsal")
        with Session(
            robot,
            author,
            directory,
            tier=twin.tier,
            perception=camera_perception(twin.table),
            runner=runner,
            budget=twin.budget,
            speed_scale=twin.speed_scale,
            workspace=twin.workspace,
            keep_out=twin.keep_out,
            seed=twin.seed,
            ask=ask,
            mechanisms=replace(
                twin.mechanisms,
                # There is no author in a twin, to write or to look.
                hierarchical=False,
                feedback="trace",
                grounding="off",
                candidates=1,
                goal_check="off" if twin.goal_check is None else "given",
            ),
        ) as session:
            session.context.grounding = grounding
            session.mover.robot.tell = _note_motions(motions)
            try:
                session.run("rehearsal", attempts=1, goal_check=twin.goal_check)
            except InfrastructureError as error:
                session.trace.write("note", text=str(error))
            attempt = session.result.attempts[-1]
            final = tuple(session.context.look("final")) if attempt.outcome != "infrastructure" else ()
            returns = tuple(event for event in session.trace.events if event["type"] == "return")
            unmet = [reason for event in session.trace.events if event["type"] == "goal" for reason in event["reasons"]]
        recorder.close()
        reasons = tuple(_reasons(robot, touch, attempt.outcome, attempt.error))
        shown = _write_preview(robot, directory) if preview else None
        write_report(directory)
        return Rehearsal(
            not reasons,
            attempt.outcome,
            attempt.error,
            reasons,
            returns,
            tuple(motions),
            final,
            tuple(approximated),
            attempt.seconds_sim,
            round(time.monotonic() - begun, 3),
            str(directory),
            shown,
            attempt.fulfilled,
            tuple(unmet),
            round(clearance.nearest, 4),
        )
    finally:
        recorder.close()
        robot.close()


def rehearse_all(
    programs: Sequence[str],
    twin: Twin,
    directory: Path,
    *,
    workers: int = 2,
    runner: Runner | None = None,
) -> list[Rehearsal]:
    """Run each program in a twin of its own, `workers` at a time, each in its own process; results in their order.

    The directories are `directory`/1, /2, … One worker is this process, one program after the other, behind the walls
    of `runner` where one is given.
    """
    if workers <= 1:
        return [
            rehearse(program, twin, directory / str(number), runner=runner)
            for number, program in enumerate(programs, 1)
        ]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(workers, len(programs)) or 1, mp_context=context) as pool:
        waiting = [
            pool.submit(rehearse, program, twin, directory / str(number)) for number, program in enumerate(programs, 1)
        ]
        return [one.result() for one in waiting]


def _note_motions(motions: list[tuple[str, float]]) -> Callable[..., None]:
    def tell(event: str, **facts: Any) -> None:
        if event == "command" and facts["command"] == "follow":
            motions.append(("follow", round(float(facts["duration"]), 3)))
        elif event == "command":
            motions.append((f"grip {1000 * facts['width']:.0f} mm with {facts['force']:g} N", 0.0))

    return tell


def _reasons(robot: SimRobot, touch: TouchWatch, status: str, error: dict[str, Any] | None) -> list[str]:
    """What went wrong, one sentence each. The twin's own true state may be read: it was made from what was seen."""
    out = []
    if status != "completed":
        what = f"{error['code']}: {error['message']}" if error else status
        line = f" (line {error['line']})" if error and error.get("line") else ""
        out.append(f"{what}{line}")
    out += [f"{link} pressed the {other} with {force:.0f} N" for (link, other), force in sorted(touch.touched.items())]
    world = robot.world
    out += [f"the {name} fell off the table" for name in world.names if world.pose(name).position[2] < _FALLEN]
    return out


def _write_preview(robot: SimRobot, directory: Path) -> str | None:
    moments = read_recording(directory / "motion.jsonl")
    if not moments:
        return None
    step = -(-len(moments) // _PREVIEW_FRAMES)
    pictures = (picture for _, picture in render_recording(robot, [*moments[::step], moments[-1]], _PREVIEW))
    path = directory / "preview.gif"
    write_gif(pictures, path, fps=8)
    return str(path)
