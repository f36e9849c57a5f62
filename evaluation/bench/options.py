"""The options of `capra bench`, and from them the settings of a benchmark. Quick to import: every command line does."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...policies.mechanisms import Mechanisms, from_mapping, given_in
from ...policies.mechanisms import add_options as add_mechanisms

if TYPE_CHECKING:
    from ...tasks.task import Task
    from .settings import Settings

ALL_SUITES = "all"


def whole_number(least: int) -> Callable[[str], int]:
    """An argparse type: a whole number from `least` up."""

    def parse(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"must be a whole number from {least} up, got {text!r}")
        return value

    return parse


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 1e6:
        raise argparse.ArgumentTypeError(f"must be seconds, from 0.1 up, got {text!r}")
    return value


def add_options(parser: argparse.ArgumentParser) -> None:
    """All of them. Those that decide rows are None when not given, so that a resumed benchmark keeps its own."""
    parser.add_argument("suite", nargs="?", metavar="SUITE", help="a suite of `capra tasks`, or `all`")
    parser.add_argument("--task", action="append", metavar="ID", help="only this task (or 'ID*'); may be repeated")
    parser.add_argument("--author", metavar="default|expert|replay:FILE|MODEL", help="who writes the programs")
    parser.add_argument("--base-url", metavar="URL", help="an OpenAI-compatible endpoint")
    parser.add_argument("--episodes", type=whole_number(1), metavar="N", help="seeds per task (default 50)")
    parser.add_argument("--seeds", metavar="debug|test|FIRST:LAST", help="debug 0.., test 1000.. (default debug)")
    parser.add_argument("--attempts", type=whole_number(1), metavar="K", help="programs per trial (default 3)")
    parser.add_argument("--tier", choices=("high", "low"), help="which primitives a program may call (default high)")
    parser.add_argument("--perception", choices=("camera", "privileged"), help="default camera")
    parser.add_argument("--fault", action="append", metavar="NAME:P", help="inject a fault with probability P")
    parser.add_argument("--noise", choices=("none", "mild"), help="noise of the cameras (default mild)")
    parser.add_argument("--trial-limit", type=_seconds, metavar="S", help="wall seconds until a trial is killed (600)")
    parser.add_argument("--workers", type=whole_number(1), metavar="N", help="processes (default: one per CPU)")
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="where they run (default local)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="the benchmark's directory (default runs/bench-...)")
    parser.add_argument("--resume", action="store_true", help="go on with the benchmark in --out")
    parser.add_argument("--keep", choices=("failed", "all"), default="failed", help="which run directories to keep")
    parser.add_argument("--compare", nargs=2, type=Path, metavar=("A", "B"), help="compare two benchmarks' directories")
    parser.add_argument("--json", action="store_true", help="the summary as one JSON object on standard output")
    add_mechanisms(parser)


def settings_from(options: argparse.Namespace) -> Settings:
    """The settings of a new benchmark. BenchUsageError with one line that says what is valid."""
    from ... import __version__
    from .seeds import parse_seeds
    from .settings import BenchUsageError, Settings

    if options.suite is None:
        raise BenchUsageError(f"name a suite: capra bench SUITE (valid: {', '.join(_suites())}, {ALL_SUITES})")
    tasks = tasks_of(options.suite, options.task)
    try:
        seeds = parse_seeds(options.seeds or "debug", options.episodes)
        faults = _faults(options.fault or [])
        mechanisms = _mechanisms(options)
    except ValueError as error:
        raise BenchUsageError(str(error)) from None
    given: dict[str, Any] = {
        name: value
        for name in ("base_url", "attempts", "tier", "perception", "noise", "trial_limit")
        if (value := getattr(options, name)) is not None
    }
    settings = Settings(
        suite=options.suite,
        tasks=tuple(task.id for task in tasks),
        first_seed=seeds.start,
        episodes=len(seeds),
        author=(options.author or "default").strip(),
        faults=faults,
        version=__version__,
        mechanisms=mechanisms,
        skills=_skills(options.skills),
        **given,
    )
    _check_author(settings, tasks)
    return settings


def resumed_settings(options: argparse.Namespace) -> Settings:
    """Those of the benchmark in --out. BenchUsageError when there is none or the options ask for another one."""
    from ... import __version__
    from .settings import BenchUsageError, Settings

    if options.out is None:
        raise BenchUsageError("--resume needs --out DIR, the directory of the benchmark to go on with")
    stored = Settings.load(options.out)
    asked = argparse.Namespace(**vars(options))
    asked.suite = options.suite or stored.suite
    asked.task = options.task or list(stored.tasks)
    asked.seeds = options.seeds or f"{stored.seeds.start}:{stored.seeds.stop - 1}"
    asked.fault = [f"{k}:{v}" for k, v in stored.faults.items()] if options.fault is None else options.fault
    if options.seeds is not None and options.episodes is None:
        asked.episodes = None if ":" in options.seeds else stored.episodes
    for name in ("author", "base_url", "attempts", "tier", "perception", "noise", "trial_limit"):
        if getattr(options, name) is None:
            setattr(asked, name, getattr(stored, name))
    for name, value in stored.mechanisms.items():
        if getattr(options, name) is None:
            setattr(asked, name, "task" if name == "goal_check" and value == "given" else value)
    if options.skills is None:
        asked.skills = stored.skills if stored.mechanisms.get("skills", True) else "off"
    wanted = settings_from(asked)
    if differences := stored.differences(wanted):
        raise BenchUsageError(
            f"{options.out} was made with other settings ({'; '.join(differences)}); leave them out to go on with it, "
            f"or give another --out{'' if stored.version == __version__ else ', as this Capra is another'}"
        )
    return stored


def _mechanisms(options: argparse.Namespace) -> dict[str, Any]:
    """Those that are not as by default. ValueError for what is not valid."""
    given = given_in(options)
    if str(options.goal_check or "").endswith(".py"):
        raise ValueError("--goal-check FILE.py is for one instruction; a benchmark takes off, author or task")
    asked, usual = from_mapping(given), Mechanisms()
    return {name: value for name in given if (value := getattr(asked, name)) != getattr(usual, name)}


def _skills(word: str | None) -> str | None:
    """The folder of skills; None where there is none."""
    from .settings import BenchUsageError

    if word is None or word == "off":
        return None
    if not Path(word).is_dir():
        raise BenchUsageError(f"--skills {word}: there is no such folder")
    return str(Path(word).resolve())


def _suites() -> list[str]:
    from ...tasks.suite import SUITES

    return list(SUITES)


def tasks_of(suite: str, patterns: list[str] | None) -> list[Task]:
    """The tasks of a suite, or of all, that one of the patterns names. BenchUsageError when one names none."""
    from ...tasks.suite import all_tasks, load_task, suite_tasks
    from .settings import BenchUsageError

    try:
        tasks = list(all_tasks() if suite == ALL_SUITES else suite_tasks(suite))
        for pattern in patterns or []:
            if not any(fnmatchcase(task.id, pattern) for task in tasks):
                load_task(pattern)  # which tells what is near
                raise KeyError(f"task {pattern!r} is not in suite {suite}")
    except KeyError as error:
        raise BenchUsageError(error.args[0]) from None
    return [task for task in tasks if patterns is None or any(fnmatchcase(task.id, pattern) for pattern in patterns)]


def _faults(texts: list[str]) -> dict[str, float]:
    from ...sim.faults import parse_fault

    return dict(parse_fault(text) for text in texts)


def _check_author(settings: Settings, tasks: list[Task]) -> None:
    """What can be said about the author before any worker starts."""
    from ...policies.author.factory import ERRING
    from ...policies.author.messages import AuthorUsageError
    from ...policies.author.replay import ReplayAuthor
    from .settings import BenchUsageError

    if not settings.author:
        raise BenchUsageError("--author is empty")
    if settings.author == "expert" or settings.author.split(":")[0] == ERRING:
        lacking = [t.id for t in tasks if not (t.expert if settings.tier == "high" else t.low_expert)]
        if lacking:
            raise BenchUsageError(
                f"no expert program of the {settings.tier} tier for {len(lacking)} of {len(tasks)} tasks "
                f"({', '.join(lacking[:4])}{', ...' if len(lacking) > 4 else ''}); choose others with --task"
            )
    if settings.author.startswith("replay:"):
        try:
            ReplayAuthor(settings.author.partition(":")[2].strip() or "none")
        except AuthorUsageError as error:
            raise BenchUsageError(str(error)) from None
