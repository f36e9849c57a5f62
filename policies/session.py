"""The one loop: perceive, ask the author, check, run confined, judge, feed back, try again from the world as it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..primitives.context import Context, Perception
from ..primitives.errors import PrimitiveError
from ..primitives.mover import WORKSPACE, movers_of
from ..primitives.perception.scene import CameraPerception
from ..primitives.registry import Registry, Tier, default_registry
from ..primitives.values import Object
from ..robots.boxes import BoxObstacle
from ..robots.protocols import Robot, RobotError, TwoArmRobot
from ..robots.safety import Workspace
from .author.fences import NoProgram
from .author.messages import Author, AuthorError, Completion
from .candidates import Search, choose, sample
from .check import Problem, check
from .dialects import dialect_of, library_of
from .dispatch import Dispatcher, InfrastructureError
from .feedback import told
from .followups import follow_up
from .gate import Gate, NotApproved, Ruling
from .goals.checker import GoalCheck, GoalChecker
from .hierarchical import FunctionWriter, Written
from .keyframes import Keyframes
from .mechanisms import Mechanisms
from .memory import Memory
from .prompt import Attempted, build_messages
from .recovery import clear_the_arm
from .results import Attempt, Judge, Result
from .runner.runner import Budget, Runner
from .senses import Senses
from .skills.library import SkillLibrary, skills_used
from .trace import Trace, digest

_NOTHING_RAN = ("no_program", "check_failed", "rehearsal_failed", "not_approved", "infrastructure")
_RETRY_TEMPERATURE = 0.5  # a compact author asked the same at temperature 0 would answer the same


class Session:
    """Robot, author and primitives brought together; `run` carries out one instruction.

    robot: anything that meets the Robot protocol. author: whoever writes programs. perception: by default the
    cameras'. runner: made here when not given; ValueError when the robot is not simulated and the kernel offers no
    walls around programs. run_dir: where trace and keyframes go; it must exist. speed_scale: share of the arm's speed
    limits, (0, 1]. workspace, keep_out: see `Mover`. gate: what must rule that a checked program may run.
    mechanisms: what is switched on. skills: learned functions that programs may use. search: where candidates are
    tried out; without one, one program is asked for.
    """

    def __init__(
        self,
        robot: Robot,
        author: Author,
        run_dir: Path,
        *,
        primitives: Registry | None = None,
        tier: Tier = "high",
        perception: Perception | None = None,
        runner: Runner | None = None,
        budget: Budget | None = None,
        speed_scale: float = 1.0,
        workspace: Workspace | None = None,
        keep_out: Sequence[BoxObstacle] = (),
        seed: int = 0,
        say: Callable[[str], None] | None = None,
        ask: Callable[[str], str] | None = None,
        gate: Gate | None = None,
        mechanisms: Mechanisms | None = None,
        skills: SkillLibrary | None = None,
        search: Search | None = None,
    ) -> None:
        self.gate, self.search = gate, search
        self.robot, self.author, self.run_dir = robot, author, run_dir
        self.mechanisms = mechanisms or Mechanisms()
        self.skills = skills if skills is not None and self.mechanisms.skills else None
        self.registry = (primitives or default_registry()).tier(tier).fitting(robot.model.gripper)
        if not self.mechanisms.asking:
            self.registry = self.registry.without("ask")
        self.tier = tier
        self._own_runner = runner is None
        self.runner = runner or Runner()
        if not robot.simulated and not self.runner.confined:
            self.runner.close()
            raise ValueError("this kernel offers no walls around programs, so Capra will not move a real arm with them")
        self.budget = budget or Budget()
        self.trace = Trace(run_dir / "trace.jsonl", clock=lambda: robot.state().time)
        self.movers = movers_of(robot, speed_scale, seed, workspace=workspace or WORKSPACE, keep_out=keep_out)
        self.mover = next(iter(self.movers.values()))
        self.keyframes = Keyframes(run_dir)
        self.context = Context(
            self.mover.robot, self.mover, perception or CameraPerception(), on_frames=self.keyframes.keep
        )
        if isinstance(robot, TwoArmRobot):
            self.context.arms, self.context.pair = self.movers, robot
        if say is not None:
            self.context.say = say
        if ask is not None:
            self.context.ask = ask
        self.dispatcher = Dispatcher(self.context, self.registry, self.trace, self.keyframes)
        self.writer = FunctionWriter(
            author if self.mechanisms.hierarchical else None,
            known=self.skills.source_of if self.skills else lambda name: "",
            on_completion=self._note_completion,
            on_written=self._note_written,
        )
        self.goals = GoalChecker(
            self.mechanisms.goal_check, author, self.context, self.runner, self.trace, self.keyframes
        )
        self.memory = Memory()
        self._instruction = self._earlier = ""
        self._first_event = self._attempts_before = 0
        self.context.write_program = self._write_program
        self._waited = 0.0
        self.result = Result(None, None)
        self.senses = Senses(author, self.mechanisms, self.trace, self.keyframes, self._note_tokens, self._note_wait)
        self.context.grounding = self.senses.grounding
        self.on_text: Callable[[str], None] | None = None
        self.begin("")

    def run(
        self, instruction: str, *, attempts: int = 3, judge: Judge | None = None, goal_check: GoalCheck | None = None
    ) -> Result:
        """Carry out an instruction in at most `attempts` programs. goal_check: where one is given beforehand.

        AuthorError or InfrastructureError when the model's endpoint or the robot fails, NotApproved when the gate wants
        a person's word first; KeyboardInterrupt passes through. In every case the arm is stopped or at rest and the
        trace is on disk.
        """
        self.begin(instruction, judge, goal_check)
        for _ in range(attempts):
            if self.step():
                break
        return self.result

    def begin(self, instruction: str, judge: Judge | None = None, goal_check: GoalCheck | None = None) -> None:
        """Take up an instruction, to be carried out by `step`. What came before it in this session is remembered."""
        if self._instruction:
            self.memory.note(self._instruction, self.trace.events[self._first_event :])
            self._attempts_before += len(self.result.attempts)
            self.trace.attempt = None
            self.trace.write("instruction", text=instruction)
        self._first_event = len(self.trace.events)
        self.result = Result(None if judge is None else False, None, judged_by=None if judge is None else "judge")
        self.goals.begin(instruction, goal_check)
        self.senses.begin()
        self.feedback = ""
        self._earlier, self._instruction, self._judge = self._instruction, instruction, judge
        self._history: list[Attempted] = []
        self._told_of: list[dict[str, Any]] = []

    def step(self) -> bool:
        """One more attempt, from the state the world is in. True when no other is needed. Raises like `run`."""
        result = self.result
        try:
            self.trace.attempt = self._attempts_before + len(result.attempts) + 1
            self.trace.write("attempt")
            attempt = Attempt()
            result.attempts.append(attempt)
            first_event = len(self.trace.events)
            self._attempt(attempt, self._instruction, self._history)
            done = self._is_done(attempt)
            self._told_of = self.trace.events[first_event:]
            self.feedback = told(self._told_of, self.mechanisms.feedback, self.author.style)
            self._history.append(Attempted(attempt.program or "", self.feedback))
            return done
        except KeyboardInterrupt:
            self.robot.stop()
            self.trace.write(
                "outcome", status="stopped", error={"code": "stopped", "message": "interrupted", "line": None}
            )
            raise
        except NotApproved as error:
            refused = {"code": "stopped", "message": str(error), "line": None}
            result.attempts[-1].outcome, result.attempts[-1].error = "not_approved", refused
            self.trace.write("outcome", status="not_approved", error=refused)
            raise
        except (AuthorError, InfrastructureError, RobotError) as error:
            self.robot.stop()
            failed = {"code": "infrastructure", "message": str(error), "line": None}
            if result.attempts:
                result.attempts[-1].outcome, result.attempts[-1].error = "infrastructure", failed
            self.trace.write("outcome", status="infrastructure", error=failed)
            if isinstance(error, RobotError):
                raise InfrastructureError(str(error)) from error
            raise

    def _is_done(self, attempt: Attempt) -> bool:
        """Whether no other attempt is to be made. A goal check decides where it is on, and the judge only where it is
        off: what the cameras do not show leads to no attempt then (docs/goal-check.md)."""
        completed = attempt.outcome == "completed"
        ran = attempt.outcome not in _NOTHING_RAN
        if ran and (said := self.goals.judge()) is not None:
            attempt.fulfilled = said.fulfilled
        judged = None if self._judge is None else self._verdict(attempt, self._judge)
        if self.goals.on:
            if judged is None and self.goals.source:
                self.result.achieved, self.result.judged_by = attempt.fulfilled if ran else False, "goal check"
            return completed if attempt.fulfilled is None else attempt.fulfilled
        if self.mechanisms.retry == "check":
            return attempt.outcome != "check_failed"
        return completed if judged is None or self.mechanisms.retry == "error" else judged

    def _verdict(self, attempt: Attempt, judge: Judge) -> bool:
        verdict, result = judge(), self.result
        self.trace.write(
            "verdict",
            achieved=verdict.achieved,
            score=verdict.score,
            reasons=list(verdict.reasons),
            other_scores=dict(verdict.other_scores),
        )
        attempt.achieved = result.achieved = bool(verdict.achieved)
        if self.skills is not None:
            for name in skills_used(attempt.program or "", self.skills.all()):
                self.skills.note_use(name, attempt.achieved, str(self.run_dir))
        result.score, result.other_scores = float(verdict.score), dict(verdict.other_scores)
        return attempt.achieved

    def _attempt(self, attempt: Attempt, instruction: str, history: Sequence[Attempted]) -> None:
        start_wall, start_sim = time.monotonic(), self.robot.state().time
        self.robot.resume()
        if history:
            clear_the_arm(self.context)
        self.keyframes.begin(f"a{self.trace.attempt}-start")
        objects = self.context.look("start")
        images = self.keyframes.take()
        self.trace.write("scene", objects=objects, images=images)
        self._tell(images)
        try:
            attempt.program = self._ask(attempt, instruction, objects, history)
            if attempt.program is not None and self._passes_check(attempt) and self._passes_gate(attempt, objects):
                self._execute(attempt)
        finally:
            attempt.seconds_wall = round(time.monotonic() - start_wall, 4)
            attempt.seconds_sim = round(self.robot.state().time - start_sim, 4)
        self.trace.write(
            "outcome",
            status=attempt.outcome,
            error=attempt.error,
            calls=attempt.calls,
            seconds_sim=attempt.seconds_sim,
            seconds_wall=attempt.seconds_wall,
        )

    def _tell(self, images: Mapping[str, str]) -> None:
        """With the world as it is now in view: complete what the author is told of the attempt before, if any."""
        self.senses.note_scene(self.context.frames, images, again=bool(self._history))
        if self._history:
            self.feedback += self.senses.look_back(self._instruction, self._told_of)
            self._history[-1] = Attempted(self._history[-1].program, self.feedback)
            self.trace.write("feedback", mode=self.mechanisms.feedback, text=self.feedback)

    def _ask(
        self, attempt: Attempt, instruction: str, objects: Sequence[Any], history: Sequence[Attempted]
    ) -> str | None:
        held = self.context.held
        messages = build_messages(
            style=self.author.style,
            registry=self._library_of(""),
            instruction=instruction,
            objects=objects,
            history=history,
            holding=held.object.name if held else None,
            earlier=self._earlier if self.mechanisms.memory else "",
            skills=self._skill_sources(instruction),
            free_phrases=self.context.grounding is not None,
            memory=self.memory.text() if self.mechanisms.memory else "",
        )
        self.trace.write("prompt", messages=messages)

        remembered = self._from_memory(instruction, objects) if not history else ""
        if remembered:
            self.trace.write("note", text="answered from memory, without the author")
            self.trace.write("program", source=remembered, sha256=digest(remembered))
            return remembered
        temperature = _RETRY_TEMPERATURE if history and self.author.style == "compact" else 0.0
        self.goals.prepare(objects, lambda completion: self._note_completion(completion, part="goal_check"))
        count = self.mechanisms.candidates if self.search is not None else 1
        try:
            found = sample(
                self.author,
                messages,
                count,
                temperature=temperature,
                on_text=self.on_text,
                on_completion=self._note_completion,
                complete=lambda program: self.writer.complete(program, self._library_of(program)),
            )
        except NoProgram as error:
            attempt.error = {"code": error.code, "message": str(error), "line": None}
            return None
        program = found[0].program
        if self.search is not None and len(found) > 1:
            program = choose(found, self._problems, self.search, objects, self.context, self.trace, self.goals.held)
        self.trace.write("program", source=program, sha256=digest(program))
        return program

    def _from_memory(self, instruction: str, objects: Sequence[Any]) -> str:
        """The program for an instruction that memory answers, for an author that reads no memory."""
        if not self.mechanisms.memory or self.author.style != "compact":
            return ""
        return follow_up(instruction, self.memory, [o.name for o in objects])

    def _skill_sources(self, instruction: str) -> str:
        """The skills for the next program, by the instruction and by what went wrong so far."""
        if self.skills is None:
            return ""
        failures = [str(a.error["code"]) for a in self.result.attempts if a.error]
        found = self.skills.retrieve(instruction, failures)
        return "\n\n".join(f"# {s.description}; for example {s.example}\n{s.source.strip()}" for s in found)

    def _library_of(self, program: str) -> Registry:
        """What a program may call, by its dialect."""
        return library_of(dialect_of(program, self.mechanisms.dialect), self.registry, self.robot.model.gripper)

    def _note_tokens(self, tokens: int) -> None:
        if self.result.attempts:
            self.result.attempts[-1].tokens += tokens

    def _note_wait(self, seconds: float) -> None:
        self._waited += seconds

    def _note_completion(self, completion: Completion, **more: str) -> None:
        self._note_tokens(completion.prompt_tokens + completion.completion_tokens)
        self.trace.write("completion", **completion.as_event(), **more)

    def _note_written(self, written: Written) -> None:
        self.trace.write("function", **vars(written))

    def _write_program(self, kind: str, request: str, context: str) -> str:
        """For a program that runs: the time that its author takes is not the program's. PrimitiveError('limit') behind
        a gate: what is written now was neither rehearsed nor approved."""
        if self.gate is not None:
            raise PrimitiveError(
                "limit", "a program that was rehearsed or approved cannot have more written as it runs"
            )
        start = time.monotonic()
        try:
            return self.writer.sub_program(kind, request, context, self.dispatcher.registry)
        finally:
            self._note_wait(time.monotonic() - start)

    def _problems(self, program: str) -> list[Problem]:
        return check(program, self._library_of(program)) if self.mechanisms.check else []

    def _passes_check(self, attempt: Attempt) -> bool:
        if not self.mechanisms.check:
            return True
        problems = self._problems(attempt.program or "")
        self.trace.write("check", problems=[{"line": p.line, "message": p.message} for p in problems])
        if problems:
            first = problems[0]
            attempt.outcome = "check_failed"
            attempt.error = {"code": "check_failed", "message": first.message, "line": first.line}
        return not problems

    def _passes_gate(self, attempt: Attempt, objects: Sequence[Object]) -> bool:
        ruling = Ruling()
        if self.gate is not None:
            ruling = self.gate.review(attempt.program or "", objects, self.context, self.trace)
        self.dispatcher.ruling = ruling
        if ruling.outcome:
            attempt.outcome, attempt.error = ruling.outcome, ruling.error
        return not ruling.outcome

    def _execute(self, attempt: Attempt) -> None:
        registry = self.dispatcher.registry = self._library_of(attempt.program or "")
        outcome = self.runner.run(
            attempt.program or "",
            [p.name for p in registry],
            self.dispatcher.call,
            self._note_print,
            self.budget,
            dialect=registry.dialect,
            waited=lambda: self._waited,
        )
        attempt.outcome, attempt.error, attempt.calls = outcome.status, outcome.error, outcome.calls
        if self.dispatcher.stopped:
            attempt.outcome = "stopped"
        self.keyframes.begin(f"a{self.trace.attempt}-end")
        objects = self.context.objects()
        self.senses.note_end(self.context)
        self.trace.write("scene", objects=objects, images=self.keyframes.take())

    def _note_print(self, text: str, line: int) -> None:
        self.trace.write("print", text=text, line=line)

    def close(self) -> None:
        """Close trace, runner (when made here) and collision model; the robot and the author are the caller's."""
        if self._own_runner:
            self.runner.close()
        for mover in self.movers.values():
            mover.close()
        self.trace.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
