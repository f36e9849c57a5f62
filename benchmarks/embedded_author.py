"""How often the embedded author's program is right for the built-in tasks' own instructions.

    python benchmarks/embedded_author.py [--seeds 1000-1019]

Scored by effect in the corpus's symbolic world: this measures the author alone, without perception and physics. One row
per task, then a summary as JSON. `capra run --task ID --seed N` measures the whole way.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from capra.policies.models.corpus.world import Goal
from capra.policies.models.embedded import EmbeddedAuthor
from capra.policies.models.evaluate import judge
from capra.policies.models.prompt import compose
from capra.tasks.tabletop import TASKS

GOALS: dict[str, Callable[[Mapping[str, Any]], Goal]] = {
    "put-block-in-bowl": lambda p: ("in", p["block"], p["bowl"]),
    "matching-bowls": lambda p: ("matching",),
    "stack-two": lambda p: ("on", p["upper"], p["lower"]),
    "stack-in-order": lambda p: ("stack", *p["tower"]),
    "move-to-corner": lambda p: ("at", p["block"], f"{p['corner']} corner"),
    "line-up": lambda p: ("row", "y"),
    "pyramid": lambda p: ("pyramid", p["top"]),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="1000-1019", help="first-last")
    first, last = (int(s) for s in parser.parse_args().seeds.split("-"))
    author = EmbeddedAuthor()
    right: dict[str, int] = {}
    try:
        for task in TASKS:
            if task.id not in GOALS:
                continue
            right[task.id] = 0
            for seed in range(first, last + 1):
                rng = np.random.default_rng(seed)
                instruction, placements, parameters = task.sample(rng)
                names = [str(name) for name in rng.permutation([p.spec.name for p in placements])]
                program = author.complete([{"role": "user", "content": compose(names, instruction)}]).text
                right[task.id] += judge(program, names, [GOALS[task.id](parameters)], seed)[0]
            sys.stdout.write(f"{task.id:20} {right[task.id]}/{last - first + 1}\n")
    finally:
        author.close()
    sys.stdout.write(json.dumps({"right": right, "of_each": last - first + 1}) + "\n")


if __name__ == "__main__":
    main()
