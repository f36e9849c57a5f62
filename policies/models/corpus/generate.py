"""Write the corpus to a file: drawn by a seed, each example executed, duplicates left out.

    python -m capra.policies.models.corpus.generate --out runs/corpus --examples 14000

Writes train.jsonl and validation.jsonl (prompt, program and what they were made from, one example a line) and stats.json.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import Any

from ..prompt import compose, on_another
from .execution import judge
from .families import draw_sample
from .layout import scene_things
from .scene import Sample

_RELATIVE = ("closest(", "farthest(", "nth(", "toward(")
_CHUNK = 250
VALIDATION = 400


def listed(scene: tuple[str, ...]) -> list[str]:
    """All things of a scene as a prompt lists them."""
    things = scene_things(scene)
    return [t.name if t.below is None else on_another(t.name, things[t.below].name) for t in things]


def prompt_of(sample: Sample) -> str:
    things = listed(sample.scene)
    if len(things) > len(sample.scene):
        # What carries something may be listed anywhere.
        Random(sample.instruction).shuffle(things)
    return compose(things, sample.instruction, sample.failed or None, sample.earlier)


def good(sample: Sample, seed: int) -> bool:
    """Whether the sample's own program reaches its goals; in two layouts where the words depend on the layout."""
    layouts = 2 if any(word in sample.goals for word in _RELATIVE) else 1
    return judge(
        sample.program, sample.scene, sample.goals, seed, sample.lexicon, sample.answer, layouts, sample.before
    )[0]


def examples(seed: int, count: int) -> tuple[list[dict[str, Any]], Counter[str]]:
    """`count` good examples, and how many draws of each family were turned down."""
    rng, out, refused = Random(seed), [], Counter[str]()
    while len(out) < count:
        sample = draw_sample(rng)
        if not good(sample, rng.randrange(10**9)):
            refused[sample.family] += 1
            continue
        row = asdict(sample) | {"prompt": prompt_of(sample)}
        out.append({k: v for k, v in row.items() if v or k in ("prompt", "program")})
    return out, refused


def generate(seed: int, count: int, workers: int) -> Iterator[tuple[list[dict[str, Any]], Counter[str]]]:
    seeds = [1_000_000 * seed + i for i in range(-(-count // _CHUNK))]
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(examples, seeds, [_CHUNK] * len(seeds))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--examples", type=int, default=14_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=1)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    seen: set[tuple[str, str]] = set()
    rows: list[dict[str, Any]] = []
    refused: Counter[str] = Counter()
    drawn = 0
    for chunk, turned_down in generate(args.seed, args.examples + VALIDATION, args.workers):
        refused += turned_down
        for row in chunk:
            drawn += 1
            key = (row["prompt"].lower(), row["program"])
            if key not in seen:
                seen.add(key)
                rows.append(row)
        sys.stderr.write(f"\r{len(rows)} examples")
    validation, train = rows[:VALIDATION], rows[VALIDATION:]
    for name, part in (("train", train), ("validation", validation)):
        with (args.out / f"{name}.jsonl").open("w") as file:
            file.writelines(json.dumps(row) + "\n" for row in part)
    stats = {
        "seed": args.seed,
        "train": len(train),
        "validation": len(validation),
        "duplicates": drawn - len(rows),
        "instructions": len({r["instruction"].lower() for r in train}),
        "programs": len({r["program"] for r in train}),
        "families": dict(Counter(r["family"] for r in train).most_common()),
        "turned_down": dict(refused.most_common()),
    }
    (args.out / "stats.json").write_text(json.dumps(stats, indent=1) + "\n")
    sys.stderr.write("\n")
    sys.stdout.write(json.dumps(stats) + "\n")


if __name__ == "__main__":
    main()
