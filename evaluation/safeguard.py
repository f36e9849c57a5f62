"""What stands between a checked program and a cell's arm: the rehearsal in the twin, a person's approval, and an eye on
the run that compares what the cameras see with what the twin did."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from ..policies.gate import NotApproved, Ruling
from ..policies.runner.runner import Runner
from ..policies.trace import Trace
from ..policies.twin_watch import TwinWatch
from ..primitives.context import Context
from ..primitives.errors import PrimitiveError
from ..primitives.values import Object
from .approval import Approvals, Record, SeenThing
from .observed import ObservedScene
from .twin import FOLDER, Rehearsal, Twin, rehearse
from .twin_grounding import RealScene


class Person(Protocol):
    """Somebody at the terminal."""

    def decide(self, program: str, rehearsal: Rehearsal | None) -> str:
        """ "whole", "steps" or "no", after looking at the program and at how its rehearsal went."""
        ...

    def allow(self, call: str) -> bool:
        """Whether the next call may be carried out."""
        ...


@dataclass(frozen=True)
class Guarding:
    """How a cell is guarded. rehearse: in the twin first. approvals: where a person's word is kept; None asks for none.
    token: an approval given beforehand (`--approve`). person: who can be asked now, if anybody."""

    rehearse: bool = True
    approvals: Approvals | None = None
    token: str | None = None
    person: Person | None = None


class Safeguard:
    """A `policies.gate.Gate`. twin: of the cell, its scene still empty; the scene is taken from each program's look."""

    def __init__(
        self,
        guarding: Guarding,
        twin: Twin,
        run_dir: Path,
        *,
        runner: Runner | None = None,
        ask: Callable[[str], str] | None = None,
    ) -> None:
        self._guarding, self._twin, self._run_dir, self._runner = guarding, twin, run_dir, runner
        self._ask = ask

    def review(self, program: str, objects: Sequence[Object], context: Context, trace: Trace) -> Ruling:
        rehearsal = self._rehearse(program, objects, context, trace) if self._guarding.rehearse else None
        if rehearsal is not None and not rehearsal.passed:
            error = rehearsal.error or {}
            message = f"in the rehearsal before the arm moves: {'; '.join(rehearsal.reasons)}"
            failed = {"code": error.get("code", "collision"), "message": message, "line": error.get("line")}
            return Ruling("rehearsal_failed", failed)
        step_by_step = False
        if self._guarding.approvals is not None:
            step_by_step = self._approve(self._guarding.approvals, program, objects, rehearsal, trace)
        return self._watching(context, trace, rehearsal, step_by_step)

    def _rehearse(self, program: str, objects: Sequence[Object], context: Context, trace: Trace) -> Rehearsal:
        scene = ObservedScene.of(context.robot, objects)
        if not scene.cameras:
            trace.write("note", text="the cell has no cameras: the table of its twin is empty")
        name = FOLDER if (trace.attempt or 1) == 1 else f"{FOLDER}-{trace.attempt}"
        rehearsal = rehearse(
            program,
            replace(self._twin, scene=scene),
            self._run_dir / name,
            runner=self._runner,
            ask=self._ask,
            preview=self._guarding.approvals is not None,
            grounding=RealScene(context) if context.grounding is not None else None,
        )
        trace.write(
            "rehearsal",
            passed=rehearsal.passed,
            reasons=list(rehearsal.reasons),
            motions=len(rehearsal.motions),
            seconds=rehearsal.seconds_sim,
            approximated=list(rehearsal.approximated),
            directory=name,
        )
        return rehearsal

    def _approve(
        self,
        approvals: Approvals,
        program: str,
        objects: Sequence[Object],
        rehearsal: Rehearsal | None,
        trace: Trace,
    ) -> bool:
        """Whether each step is to be approved by itself. NotApproved when the program may not run."""
        scene = [SeenThing.of(seen) for seen in objects]
        token, person = self._guarding.token, self._guarding.person
        path = self._run_dir / f"program-{trace.attempt or 1}.py"
        path.write_text(program, encoding="utf-8", errors="backslashreplace")

        def note(approved: bool, record: Record | None, how: str) -> None:
            trace.write("approval", approved=approved, token=record.token if record else token, how=how)

        known = approvals.find(program, scene)
        if known is not None:
            note(True, known, f"approved on {known.time} for this program and scene")
            return False
        if token is not None:
            try:
                note(True, approvals.redeem(token, program, scene), "--approve")
            except NotApproved as error:
                note(False, None, str(error))
                raise
            return False
        wish = approvals.wish(program, scene, rehearsal.directory if rehearsal else "")
        if person is None:
            note(False, wish, "nobody is there to ask")
            shown = f"look at {rehearsal.directory}, " if rehearsal else ""
            raise NotApproved(
                f"this program has not run on this arm in this scene: {shown}"
                f"then `capra exec {path}` with the same --robot and --armed, and --approve {wish.token}"
            )
        decision = person.decide(program, rehearsal)
        if decision == "whole":
            note(True, approvals.approve(wish, "at the terminal"), "at the terminal, as a whole")
        elif decision == "steps":
            note(True, wish, "at the terminal, step by step")  # nothing is kept: the next run is a first one again
        else:
            note(False, wish, "a person said no")
            raise NotApproved("not approved: nothing moved")
        return decision == "steps"

    def _watching(self, context: Context, trace: Trace, rehearsal: Rehearsal | None, step_by_step: bool) -> Ruling:
        watch = TwinWatch(rehearsal.returns) if rehearsal is not None else None
        person = self._guarding.person

        def stop(why: str) -> None:
            context.robot.stop()
            trace.write("note", text=f"stopped: {why}")
            raise PrimitiveError("stopped", why)

        def before(name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], line: int) -> None:
            if watch is not None:
                watch.begin(name)
            if step_by_step and person is not None:
                shown = ", ".join([*(str(a) for a in args), *(f"{k}={v}" for k, v in kwargs.items())])
                if not person.allow(f"line {line}: {name}({shown})"):
                    stop(f"a person did not allow {name}() in line {line}")

        def after(name: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> None:
            surprise = watch.surprise(name, was, now) if watch is not None else None
            if surprise is not None:
                stop(surprise)

        return Ruling(before_call=before, after_call=after)
