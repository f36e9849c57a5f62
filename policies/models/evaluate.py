"""Measure an author by the effect of its programs on the symbolic table.

    python -m capra.policies.models.evaluate [--adapter FILE] [--set phrasings] [--samples N] [--verbose]

`phrasings`: the second generator's wordings (heldout/phrasings.py). `wordings`: the first hand-written list
(heldout/wordings.py). `synthetic`: new draws of the corpus, with a seed that no training uses. `development`: the
list that the corpus was worked on with (corpus/development.txt). `development2`: one that only the rules about what was
said were made on. One row per family, then a summary as JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from ..author.fences import NoProgram, extract_program
from .corpus.execution import judge
from .corpus.families import draw_sample
from .corpus.generate import listed
from .embedded import ADAPTER, EmbeddedAuthor
from .heldout.phrasings import cases
from .heldout.wordings import HELD_OUT
from .prompt import compose

SEED = 990_000_000  # far from the seeds of training
SETS = ("phrasings", "wordings", "synthetic", "development", "development2")
_CORPUS = Path(__file__).with_name("corpus")

Ask = Callable[[str], str]


@dataclass(frozen=True)
class Question:
    """A scene in words, an instruction, and the goals (see corpus.goals) that a right program reaches."""

    family: str
    scene: tuple[str, ...]
    instruction: str
    goals: str
    failed: str = ""
    earlier: str = ""
    answer: str = ""
    before: str = ""
    lexicon: Mapping[str, str] = field(default_factory=dict)

    @property
    def prompt(self) -> str:
        return compose(listed(self.scene), self.instruction, self.failed or None, self.earlier)


@dataclass(frozen=True)
class Result:
    """One instruction asked: the program, whether its effect is right, and what is wrong otherwise."""

    question: Question
    program: str
    right: bool
    error: str
    seconds: float


def measure(ask: Ask, questions: Iterable[Question]) -> list[Result]:
    results: list[Result] = []
    for number, question in enumerate(questions):
        start = time.monotonic()
        program = ask(question.prompt)
        seconds = time.monotonic() - start
        right, error = judge(
            program, question.scene, question.goals, SEED + number, dict(question.lexicon), question.answer,
            before=question.before,
        )  # fmt: skip
        results.append(Result(question, program, right, error, seconds))
    return results


def asker(author: EmbeddedAuthor) -> Ask:
    """A function from a prompt to the author's program; "" when it writes none."""

    def ask(prompt: str) -> str:
        completion = author.complete([{"role": "user", "content": prompt}])
        try:
            return extract_program(completion.text, completion.finish_reason, raw=True)
        except NoProgram:
            return ""

    return ask


def questions_of(name: str, samples: int) -> list[Question]:
    """The questions of one of SETS."""
    if name == "wordings":
        return [Question(c.family, c.scene, c.instruction, c.goals) for c in HELD_OUT]
    if name == "phrasings":
        return [Question(c.family, c.scene, c.instruction, c.goals) for c in cases(samples, SEED)]
    if name.startswith("development"):
        lines = (_CORPUS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        parts = [[part.strip() for part in line.split("|")] for line in lines if not line.startswith("#")]
        return [Question(f, tuple(scene.split(", ")), words, goals) for f, scene, words, goals in parts]
    rng = Random(SEED)
    drawn = (draw_sample(rng) for _ in range(samples))
    return [
        Question(s.family, s.scene, s.instruction, s.goals, s.failed, s.earlier, s.answer, s.before, s.lexicon)
        for s in drawn
    ]


def summary(results: Sequence[Result]) -> dict[str, object]:
    seconds = sorted(r.seconds for r in results)
    return {
        "right": sum(r.right for r in results),
        "of": len(results),
        "seconds_median": round(seconds[len(seconds) // 2], 3),
        "seconds_worst": round(seconds[-1], 3),
    }


def table(name: str, results: Sequence[Result], verbose: bool) -> None:
    families: dict[str, list[Result]] = defaultdict(list)
    for result in results:
        families[result.question.family].append(result)
    for family, rows in families.items():
        sys.stdout.write(f"{name:10} {family:16} {sum(r.right for r in rows):3}/{len(rows)}\n")
    for result in results if verbose else ():
        if not result.right:
            q = result.question
            sys.stdout.write(f"\n{q.prompt}{result.program}\n  -> {result.error}; wanted {q.goals}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--adapter", type=Path, default=ADAPTER)
    parser.add_argument("--samples", type=int, default=220, help="how many cases of each generator")
    parser.add_argument("--set", choices=SETS, action="append", help="by default all")
    parser.add_argument("--free-decoding", action="store_true", help="without the grammar")
    parser.add_argument("--verbose", action="store_true", help="show every wrong program")
    args = parser.parse_args()
    author = EmbeddedAuthor(adapter=args.adapter, constrained=not args.free_decoding)
    found: dict[str, object] = {}
    try:
        for name in args.set or SETS:
            results = measure(asker(author), questions_of(name, args.samples))
            table(name, results, args.verbose)
            found[name] = summary(results)
    finally:
        author.close()
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
