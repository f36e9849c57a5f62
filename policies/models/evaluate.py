"""Measure the embedded author by the effect of its programs in the symbolic world.

    python -m capra.policies.models.evaluate [--adapter FILE] [--samples N] [--set held-out|synthetic|both] [--verbose]

`held-out`: the frozen hand-written wordings. `synthetic`: new scenes and draws of the corpus's own wordings, with a
seed that no training uses. One row per family, then a summary as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from ...primitives.errors import PrimitiveError
from .corpus.families import draw_sample
from .corpus.heldout import HELD_OUT
from .corpus.world import Goal, SymbolicWorld, achieved, random_layout, run_program
from .embedded import ADAPTER, EmbeddedAuthor
from .prompt import compose

SEED = 990_000_000  # far from the seeds of training
_LAYOUTS = 20
_LUCK = ("collision", "unreachable", "no_space")  # what a right program meets in an unlucky layout

Ask = Callable[[str], str]


@dataclass(frozen=True)
class Result:
    """One instruction asked: the program, whether its effect is right, and what ended it otherwise."""

    family: str
    instruction: str
    program: str
    right: bool
    error: str
    seconds: float


def judge(program: str, objects: Sequence[str], goals: Iterable[Goal], seed: int) -> tuple[bool, str]:
    """Whether the program has the effect; layouts in which it meets no room or no reach are drawn anew."""
    rng = Random(seed)
    goals = tuple(goals)
    error: Exception | None = None
    for _ in range(_LAYOUTS):
        try:
            world = SymbolicWorld(random_layout(objects, rng))
        except ValueError:
            continue
        error = run_program(world, program)
        if isinstance(error, PrimitiveError) and error.code in _LUCK:
            continue
        break
    else:
        return False, str(error or "no room for the scene")
    right = error is None and achieved(world, goals)
    return right, f"{type(error).__name__}: {error}" if error else ""


def measure(ask: Ask, cases: Iterable[tuple[str, Sequence[str], str, tuple[Goal, ...], str | None]]) -> list[Result]:
    results: list[Result] = []
    for number, (family, objects, instruction, goals, failed) in enumerate(cases):
        start = time.monotonic()
        program = ask(compose(objects, instruction, failed))
        seconds = time.monotonic() - start
        right, error = judge(program, objects, goals, SEED + number)
        results.append(Result(family, instruction, program, right, error, seconds))
    return results


def held_out_cases() -> list[tuple[str, Sequence[str], str, tuple[Goal, ...], str | None]]:
    return [(p.family, p.objects, p.instruction, p.goals, None) for p in HELD_OUT]


def synthetic_cases(count: int) -> list[tuple[str, Sequence[str], str, tuple[Goal, ...], str | None]]:
    rng = Random(SEED)
    samples = (draw_sample(rng) for _ in range(count))
    return [(s.family, s.objects, s.instruction, s.goals, s.failed) for s in samples]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", type=Path, default=ADAPTER)
    parser.add_argument("--samples", type=int, default=100, help="how many synthetic cases")
    parser.add_argument("--set", choices=("held-out", "synthetic", "both"), default="both")
    parser.add_argument("--verbose", action="store_true", help="show every wrong program")
    args = parser.parse_args()
    author = EmbeddedAuthor(adapter=args.adapter)

    def ask(prompt: str) -> str:
        return author.complete([{"role": "user", "content": prompt}]).text

    summary: dict[str, object] = {}
    try:
        for name, cases in (("held-out", held_out_cases()), ("synthetic", synthetic_cases(args.samples))):
            if args.set in (name, "both"):
                results = measure(ask, cases)
                _table(name, results, args.verbose)
                seconds = sorted(r.seconds for r in results)
                summary[name] = {
                    "right": sum(r.right for r in results),
                    "of": len(results),
                    "seconds_median": round(seconds[len(seconds) // 2], 3),
                    "seconds_worst": round(seconds[-1], 3),
                }
        summary["server_peak_mb"] = _peak_memory(author.server.pid)
    finally:
        author.close()
    sys.stdout.write(json.dumps(summary) + "\n")


def _peak_memory(pid: int) -> int | None:
    """Most resident memory (MB) of a process so far, where the system tells."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    line = next(row for row in status.read_text().splitlines() if row.startswith("VmHWM"))
    return round(int(line.split()[1]) / 1000)


def _table(name: str, results: list[Result], verbose: bool) -> None:
    families: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        families[result.family].append(result)
    for family, rows in families.items():
        sys.stdout.write(f"{name:10} {family:14} {sum(r.right for r in rows):3}/{len(rows)}\n")
    if verbose:
        for result in results:
            if not result.right:
                sys.stdout.write(f"\n# {result.instruction}   [{result.family}] {result.error}\n{result.program}\n")


if __name__ == "__main__":
    main()
