"""The figures of the embedded author, one command each (see docs/embedded-author.md).

    python benchmarks/embedded_author.py tasks [--seeds 1000-1019]     built-in tasks' own instructions, by effect
    python benchmarks/embedded_author.py free                          the free set, by effect; the run is logged
    python benchmarks/embedded_author.py cost                          time, memory, start, size on disk
    python benchmarks/embedded_author.py repair [--seeds 1000-1019]    trained repair against a plain rerun, with faults
                                         [--fault NAME:P]...           these (by default grasp_slip:0.3)

`tasks` and `free` are scored on the corpus's symbolic table: they measure the author alone, without perception and
physics. `repair` runs in the simulator with camera perception. The benchmark itself is
`capra bench cap-tabletop --author default`; the generators are measured by `python -m capra.policies.models.evaluate`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from capra.policies.models.embedded import ADAPTER, EmbeddedAuthor
from capra.policies.models.evaluate import Question, asker, measure, summary, table
from capra.sim.faults import parse_fault
from capra.tasks.tabletop import TASKS

HERE = Path(__file__).parent / "embedded"
GOALS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "put-block-in-bowl": lambda p: f"in({p['block']}, {p['bowl']})",
    "matching-bowls": lambda p: "match(block, bowl)",
    "stack-two": lambda p: f"in({p['upper']}, {p['lower']})",
    "stack-in-order": lambda p: f"stack({', '.join(p['tower'])})",
    "move-to-corner": lambda p: f"at({p['block']}, {p['corner']} corner)",
    "line-up": lambda p: "line(block, any)",
    "pyramid": lambda p: f"pyramid({p['top']})",
}


def seeds_of(text: str) -> range:
    first, last = (int(s) for s in text.split("-"))
    return range(first, last + 1)


def task_questions(seeds: range) -> list[Question]:
    out: list[Question] = []
    for task in TASKS:
        for seed in seeds if task.id in GOALS else ():
            rng = np.random.default_rng(seed)
            instruction, placements, parameters = task.sample(rng)
            names = tuple(str(name) for name in rng.permutation([p.spec.name for p in placements]))
            out.append(Question(task.id, names, instruction, GOALS[task.id](parameters)))
    return out


def free_questions() -> list[Question]:
    """The free set; its families are "refuse" and "possible"."""
    out: list[Question] = []
    scene: tuple[str, ...] = ()
    for line in (HERE / "free_set.txt").read_text().splitlines():
        if line.startswith("@ "):
            scene = tuple(part.strip() for part in line[2:].split(","))
        elif " => " in line and not line.startswith("#"):
            instruction, goals = line.split(" => ")
            out.append(Question("refuse" if goals == "refuse" else "possible", scene, instruction, goals))
    return out


def log_free(adapter: Path, found: Mapping[str, Mapping[str, object]], verbose: bool) -> None:
    digest = hashlib.sha256(adapter.read_bytes()).hexdigest()[:12]
    cells = " | ".join(f"{found[f]['right']}/{found[f]['of']}" for f in ("possible", "refuse"))
    with (HERE / "scored.md").open("a") as log:
        log.write(f"| {date.today()} | {digest} | {cells} | {'every failure' if verbose else 'the totals only'} |\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("tasks", "free", "cost", "repair"))
    parser.add_argument("--seeds", default="1000-1019", help="first-last")
    parser.add_argument("--fault", action="append", type=parse_fault, metavar="NAME:P", help="for repair")
    parser.add_argument("--adapter", type=Path, default=ADAPTER)
    parser.add_argument(
        "--verbose", action="store_true", help="show every wrong program; of the free set, this is logged"
    )
    args = parser.parse_args()
    if args.what == "cost":
        from embedded.cost import figures

        sys.stdout.write(json.dumps(figures(args.adapter)) + "\n")
        return
    author = EmbeddedAuthor(adapter=args.adapter)
    try:
        if args.what == "repair":
            from embedded.repair import compare

            faults: dict[str, float] = dict(args.fault or [("grasp_slip", 0.3)])
            sys.stdout.write(json.dumps(compare(author, seeds_of(args.seeds), faults)) + "\n")
            return
        questions = task_questions(seeds_of(args.seeds)) if args.what == "tasks" else free_questions()
        results = measure(asker(author), questions)
    finally:
        author.close()
    table(args.what, results, args.verbose)
    families = dict.fromkeys(q.family for q in questions)
    found = {f: summary([r for r in results if r.question.family == f]) for f in families}
    if args.what == "free":
        log_free(args.adapter, found, args.verbose)
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
