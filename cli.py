"""The command line: `capra run`, `exec`, `bench`, `view`, `tasks`, `primitives`, `models`, `robot`, `fake-arm`, …."""

from __future__ import annotations

import argparse
import difflib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from .evaluation.bench.options import add_options as add_bench_options
from .evaluation.bench.options import whole_number
from .evaluation.commands.cameras import add_cameras
from .evaluation.commands.exits import ACHIEVED, INFRASTRUCTURE, INTERRUPTED, USAGE, UsageError, fail
from .evaluation.commands.fake_arm import add_fake_arm
from .evaluation.commands.listing import add_listing
from .evaluation.commands.robot import add_robot
from .evaluation.export_command import add_command as add_export_command
from .evaluation.guard_options import add_guard_options, guarding
from .evaluation.skill_commands import add_commands as add_skill_commands
from .policies.mechanisms import add_options as add_mechanisms
from .policies.mechanisms import from_options as mechanisms_from
from .robots.interruption import heard

DEFAULT_SCENE = "red block, green block, blue block, yellow block, blue bowl, green bowl"


class _Parser(argparse.ArgumentParser):
    """argparse, with one line per error and the nearest valid word."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} (see `{self.prog} --help`)")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            valid = [str(c) for c in action.choices]
            close = difflib.get_close_matches(str(value), valid, 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise argparse.ArgumentError(action, f"unknown {value!r}{hint} (valid: {', '.join(valid)})")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="capra", description="Code as policy for robot arms.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)

    scene = _Parser(add_help=False)
    scene.add_argument("--task", metavar="ID", help="a task of `capra tasks`: its scene, instruction and judge")
    scene.add_argument(
        "--scene", metavar="WORDS|FILE", help="'red block, blue bowl x2', placed by the seed, or a YAML file"
    )
    scene.add_argument(
        "--seed", type=whole_number(0), default=0, metavar="N", help="fixes scene, noise and faults (default 0)"
    )
    scene.add_argument(
        "--robot", metavar="NAME|FILE.yaml", help="a simulated arm (default: the task's, else panda), or a cell file"
    )
    scene.add_argument("--armed", action="store_true", help="the arm of the cell file is real and may move now")
    add_guard_options(scene)
    scene.add_argument("--tier", choices=("high", "low"), default="high", help="which primitives a program may call")
    scene.add_argument(
        "--perception",
        choices=("camera", "privileged"),
        default="camera",
        help="privileged reads the true state (ablation)",
    )
    scene.add_argument(
        "--fault",
        action="append",
        default=[],
        metavar="NAME:P",
        help="inject a fault with probability P; may be repeated",
    )
    scene.add_argument("--noise", choices=("none", "mild"), default="mild", help="noise of the cameras (default mild)")
    scene.add_argument(
        "--out", type=Path, default=Path("runs"), metavar="DIR", help="where run directories go (default runs)"
    )
    scene.add_argument("--json", action="store_true", help="one JSON object on standard output, logs on standard error")
    scene.add_argument("--gui", action="store_true", help="show PyBullet's window (needs a screen)")
    scene.add_argument("--video", action=argparse.BooleanOptionalAction, help="write a video (default: unless --json)")

    add_mechanisms(scene)

    run = commands.add_parser("run", parents=[scene], help="carry out an instruction")
    run.add_argument(
        "instruction", nargs="*", metavar="INSTRUCTION", help="what to do, in words; several in one session"
    )
    run.add_argument("--interactive", action="store_true", help="ask for further instructions until an empty line")
    run.add_argument(
        "--author", default="default", metavar="default|expert|replay:FILE|MODEL", help="who writes the programs"
    )
    run.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible endpoint")
    run.add_argument("--attempts", type=whole_number(1), default=3, metavar="N", help="programs at most (default 3)")
    run.set_defaults(handler=_run)

    execute = commands.add_parser("exec", parents=[scene], help="run a program file")
    execute.add_argument("program", type=Path, metavar="PROGRAM.py")
    execute.set_defaults(handler=_exec)

    bench = commands.add_parser("bench", help="run many trials of a suite and say how often they achieve their goal")
    add_bench_options(bench)
    bench.set_defaults(handler=_bench)

    view = commands.add_parser("view", help="write report and video of a run and say where they are")
    view.add_argument("run", type=Path, metavar="RUN", help="a run directory or its trace.jsonl")
    view.add_argument("--video", action=argparse.BooleanOptionalAction, default=True)
    view.add_argument("--gif", type=Path, metavar="FILE", help="also write an animated GIF")
    view.set_defaults(handler=_view)

    add_skill_commands(commands)
    add_export_command(commands)

    add_listing(commands)
    add_robot(commands)
    add_cameras(commands)
    add_fake_arm(commands)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    with heard():
        return _main(arguments)


def _main(arguments: Sequence[str] | None) -> int:
    errors = Console(stderr=True, highlight=False)
    try:
        parser = _parser()
        options = parser.parse_args(arguments)
        if options.command is None:
            parser.print_help(sys.stderr)
            return USAGE
        return int(options.handler(options))
    except UsageError as error:
        return fail(errors, error, USAGE)
    except KeyboardInterrupt:
        errors.print("capra: interrupted; the arm is stopped and the trace is kept", markup=False)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output (`head`, say) has gone; Python would complain once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INFRASTRUCTURE


# run and exec


def _run(options: argparse.Namespace) -> int:
    instructions = options.instruction
    if any(not text.strip() for text in instructions):
        raise UsageError(
            "the instruction is empty; say what to do, for example: capra run 'put the red block in the blue bowl'"
        )
    if not instructions and options.task is None:
        raise UsageError("say what to do: capra run 'INSTRUCTION' or capra run --task ID (see `capra tasks`)")
    trial = replace(_trial(options, instructions[0] if instructions else None), more=_more(options, instructions[1:]))

    def author() -> Any:
        from .policies.author.factory import make_author

        if options.author == "expert" and trial.task and not trial.expert:
            raise UsageError(f"task {trial.task.id} has no expert program of the {options.tier} tier")
        made = make_author(
            options.author,
            base_url=options.base_url,
            expert_program=trial.expert or None,
            known=trial.known,
        )
        return _seeing(made, trial.mechanisms)

    return _carry_out(options, trial, author)


def _more(options: argparse.Namespace, given: Sequence[str]) -> Iterator[str]:
    """The further instructions of a session, as they are wanted."""
    yield from given
    while options.interactive:
        try:
            text = input("capra> ").strip()
        except EOFError:
            return
        if not text:
            return
        yield text


def _exec(options: argparse.Namespace) -> int:
    try:
        source = options.program.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"program {options.program}: {reason}") from None
    if (options.candidates or 1) > 1:
        raise UsageError("--candidates is for authors that write programs; capra exec runs the one it is given")
    options.attempts = 1
    trial = _trial(options, f"run {options.program.name}" if options.task is None else None)

    def author() -> Any:
        from .policies.author.fences import fence
        from .policies.author.replay import ScriptedAuthor

        return _seeing(ScriptedAuthor([fence(source)], options.program.name), trial.mechanisms)

    return _carry_out(options, trial, author)


def _seeing(author: Any, mechanisms: Any) -> Any:
    """The author, if it and what else is there can do what is switched on."""
    from .policies.senses import check_senses

    try:
        check_senses(author, mechanisms)
    except BaseException:
        author.close()
        raise
    return author


def _trial(options: argparse.Namespace, instruction: str | None) -> Any:
    from .evaluation.trial import Trial
    from .sim.arms import check_arm
    from .sim.camera import NO_NOISE, CameraNoise
    from .sim.faults import parse_fault
    from .sim.scene import SceneError
    from .tasks.suite import load_task

    if options.task is not None and options.scene is not None:
        raise UsageError("--task and --scene exclude each other: a task brings its own scene")
    if options.feedback == "oracle" and options.task is None:
        raise UsageError("--feedback oracle tells the judge's reasons, and only a task has a judge: give --task ID")
    if options.gui and sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise UsageError("--gui needs a screen and DISPLAY is not set; leave --gui out, the report shows the run")
    try:
        faults = dict(parse_fault(text) for text in options.fault)
        common: dict[str, Any] = {
            "attempts": options.attempts,
            "tier": options.tier,
            "perception": options.perception,
            "faults": faults,
            "noise": CameraNoise() if options.noise == "mild" else NO_NOISE,
            "gui": options.gui,
            "mechanisms": mechanisms_from(options),
            "skills": _skills_folder(options),
            "goal_check": _goal_check(options),
            "search_workers": min(options.candidates or 1, os.cpu_count() or 1),
        }
        options.cell = None
        if options.robot is not None and options.robot.endswith((".yaml", ".yml")):
            options.cell = _cell(options)
            common["robot"] = options.robot
        elif options.robot is not None:
            common["robot"] = check_arm(options.robot)
        if options.task is not None:
            trial = Trial.of_task(load_task(options.task), options.seed, instruction, **common)
            if options.goal_check == "task" and not trial.goal_check:
                raise UsageError(f"task {options.task} has no goal check of its own; give author, or a FILE.py")
            return trial
        from .evaluation.commands.scenes import placements_of

        placements = placements_of(options.scene or DEFAULT_SCENE, options.seed)
        return Trial(instruction or "", tuple(placements), options.seed, **common)
    except (SceneError, KeyError, ValueError) as error:
        raise UsageError(error.args[0]) from None


def _goal_check(options: argparse.Namespace) -> str:
    """The text of a goal check that is a file; a task's own is the trial's to find."""
    word = options.goal_check or "off"
    if word == "task" and options.task is None:
        raise UsageError("--goal-check task needs --task; give author, or a FILE.py of your own")
    if not word.endswith(".py"):
        return ""
    from .policies.goals.library import problems_of

    try:
        source = Path(word).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8 text"
        raise UsageError(f"--goal-check {word}: {reason}") from None
    if problems := problems_of(source, "jaw"):
        raise UsageError(f"--goal-check {word}: {problems[0]}")
    return source


def _skills_folder(options: argparse.Namespace) -> Path | None:
    """The folder of people's primitives and learned skills, loaded once to see that it can be."""
    from .primitives.plugins import PluginError, full_registry, skills_folder

    if options.skills == "off":
        return None
    folder = skills_folder(Path(options.skills) if options.skills else None)
    if options.skills and not folder.is_dir():
        raise UsageError(f"--skills {options.skills}: there is no such folder")
    try:
        full_registry(folder)
    except PluginError as error:
        raise UsageError(str(error)) from None
    return folder


def _cell(options: argparse.Namespace) -> Any:
    from .evaluation.cell_trial import emulated
    from .robots.cell import Cell

    cell = Cell.load(Path(options.robot))
    if cell.fake is None and not options.armed:
        raise UsageError(
            f"{options.robot} is a real arm: add --armed when nobody stands within its reach, "
            "or rehearse first with a cell file that has an `emulator`"
        )
    if cell.fake is None and (options.task or options.scene):
        raise UsageError("a real arm has its own scene: leave --task and --scene out")
    if options.perception != "camera" or options.fault or options.gui:
        raise UsageError("--perception, --fault and --gui are of the simulation: leave them out with a cell file")
    return emulated(cell, task=options.task, scene=options.scene, seed=options.seed)


def _carry_out(options: argparse.Namespace, trial: Any, make: Callable[[], Any]) -> int:
    from .evaluation.cell_trial import run_cell_trial
    from .evaluation.trial import make_run_dir, run_trial
    from .policies.author.messages import AuthorError, AuthorUsageError
    from .policies.dispatch import InfrastructureError
    from .policies.gate import NotApproved
    from .policies.runner.runner import Runner
    from .policies.terminal import TerminalView
    from .robots.protocols import RobotError

    console = Console(stderr=options.json, highlight=False)
    errors = Console(stderr=True, highlight=False)
    try:
        run_dir = make_run_dir(options.out, trial.task.id if trial.task else "free", trial.seed)
    except OSError as error:
        raise UsageError(f"--out {options.out}: {error.strerror or error}") from None
    try:
        guarded = guarding(options, console)
    except ValueError as error:
        run_dir.rmdir()
        raise UsageError(str(error)) from None
    view = TerminalView(console)
    with Runner() as runner:  # its fork server warms up while the author starts
        try:
            author = make()
        except (AuthorUsageError, UsageError) as error:
            run_dir.rmdir()
            raise UsageError(str(error)) from None
        except AuthorError as error:
            run_dir.rmdir()
            return fail(errors, error, INFRASTRUCTURE)
        code, failure = INFRASTRUCTURE, None
        try:
            common: dict[str, Any] = {
                "runner": runner,
                "listen": view,
                "on_text": view.on_text,
                "say": view.say,
                "ask": _asker(console),
            }
            if options.cell is None:
                report = run_trial(trial, author, run_dir, **common)
            else:
                common["guarding"] = guarded
                report = run_cell_trial(trial, options.cell, author, run_dir, **common)
            code = report["exit_code"]
        except NotApproved as error:
            code, failure = USAGE, error
        except (AuthorError, InfrastructureError, RobotError) as error:
            failure = error
        except KeyboardInterrupt:
            code = INTERRUPTED
        finally:
            view.close()
            author.close()
    video = (options.video if options.video is not None else not options.json) and options.cell is None
    if failure is not None and not (run_dir / "trace.jsonl").exists():  # the arm could not be reached
        return fail(errors, failure, code)
    report_path = _write_views(run_dir, video=video and code != INTERRUPTED, console=console)
    if options.json:
        stored = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
        hidden = ("exit_code", "placements", "faults")
        print(json.dumps({k: v for k, v in stored.items() if k not in hidden}))  # noqa: T201 - the command's output
    else:
        view.finish(run_dir, report_path)
    if code == INTERRUPTED:
        return fail(errors, "interrupted; the arm is stopped and the trace is kept", code)
    return fail(errors, failure, code) if failure else code


def _asker(console: Console) -> Callable[[str], str]:
    from .primitives.errors import PrimitiveError

    def ask(question: str) -> str:
        if not sys.stdin.isatty():
            raise PrimitiveError("no_answer", f"nobody is there to answer {question!r}")
        console.print(f"  robot asks: {question}", markup=False, style="bold")
        try:
            return input("  > ")
        except EOFError:
            raise PrimitiveError("no_answer", f"nobody answered {question!r}") from None

    return ask


def _write_views(run_dir: Path, *, video: bool, console: Console) -> Path:
    from .evaluation.film import write_film
    from .policies.report.html import write_report

    if video:
        with console.status("rendering the video"):
            write_film(run_dir)
    return write_report(run_dir)


def _bench(options: argparse.Namespace) -> int:
    from .evaluation.bench.command import bench

    return bench(options)


def _view(options: argparse.Namespace) -> int:
    run_dir = options.run.parent if options.run.name == "trace.jsonl" else options.run
    if not (run_dir / "trace.jsonl").is_file():
        raise UsageError(f"{options.run} holds no trace.jsonl; give a run directory, such as those in runs/")
    console = Console(highlight=False)
    from .evaluation.film import has_film, write_film

    try:
        report = _write_views(run_dir, video=options.video and has_film(run_dir), console=console)
        if options.gif is not None:
            write_film(run_dir, options.gif)
    except (ValueError, OSError) as error:
        raise UsageError(str(error)) from None
    for path in (report, run_dir / "video.mp4", options.gif):
        if path is not None and path.is_file():
            console.print(str(path), markup=False, soft_wrap=True)
    return ACHIEVED


if __name__ == "__main__":
    sys.exit(main())
