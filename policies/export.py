"""Attempts as training data: chats of successes, and pairs of a better and a worse answer to the same prompt.

JSONL, one object a line, in the forms that common trainers read: {"messages": [...]} for supervised fine-tuning, and
{"prompt": [...], "chosen": [...], "rejected": [...]} for preference optimisation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

from .author.fences import fence
from .report.story import Event
from .trace import read_trace

_UNRUN = ("infrastructure", "stopped", "")  # ended for reasons that are not the program's


@dataclass(frozen=True)
class Sample:
    """One attempt that can be learned from: what the author was asked, the program it gave, and what came of it.

    achieved: the judge's word; None where there was no judge. score: 0 to 1. scene: names of what was in view.
    """

    run: str
    task: str | None
    seed: int | None
    instruction: str
    attempt: int
    prompt: tuple[dict[str, Any], ...]
    program: str
    outcome: str
    achieved: bool | None
    score: float | None
    tier: str
    perception: str
    scene: tuple[str, ...] = ()

    @property
    def start(self) -> tuple[Any, ...]:
        """Attempts with the same start are comparable: task, words, scene, library and perception are the same."""
        return self.instruction, self.task, self.seed, self.tier, self.perception, self.scene

    @property
    def value(self) -> tuple[bool, float, bool]:
        """What is better: achieved, then the judge's score, then a program that ran to its end."""
        return self.achieved is True, self.score or 0.0, self.outcome == "completed"


def samples(run_dir: Path) -> list[Sample]:
    """The attempts of a run. ValueError when it holds no trace; a trace cut short gives what it has."""
    path = run_dir / "trace.jsonl" if run_dir.is_dir() else run_dir
    if not path.is_file():
        raise ValueError(f"{run_dir} holds no trace.jsonl; give run directories, such as those in runs/")
    about: Event = {}
    instruction = ""
    found: list[Sample] = []
    for events in _by_attempt(read_trace(path)):
        kinds: dict[str, Event] = {}
        for event in events:
            if event["type"] == "run":
                about, instruction = event, str(event.get("instruction"))
            elif event["type"] == "instruction":
                instruction = str(event.get("text"))
            kinds.setdefault(event["type"], event)  # the first prompt: later ones are about parts of the program
        if "prompt" not in kinds or "program" not in kinds:
            continue
        outcome = str(kinds.get("outcome", {}).get("status", ""))
        if outcome in _UNRUN or kinds.get("feedback", {}).get("mode") == "oracle":  # its prompt holds a verdict
            continue
        verdict = kinds.get("verdict", {})
        found.append(
            Sample(
                path.parent.name,
                about.get("task"),
                about.get("seed"),
                instruction,
                int(kinds["program"].get("attempt") or 1),
                tuple(kinds["prompt"]["messages"]),
                str(kinds["program"]["source"]),
                outcome,
                verdict.get("achieved"),
                verdict.get("score"),
                str(about.get("tier", "high")),
                str(about.get("perception", "camera")),
                tuple(sorted(str(o.get("name")) for o in kinds.get("scene", {}).get("objects") or [])),
            )
        )
    return found


def _by_attempt(events: Iterable[Event]) -> Iterator[list[Event]]:
    """The events up to each attempt's end; what comes before an attempt belongs to it."""
    group: list[Event] = []
    for event in events:
        if event["type"] == "attempt" and any(e["type"] == "attempt" for e in group):
            yield group
            group = []
        group.append(event)
    yield group


def chats(found: Sequence[Sample], *, failures: bool = False) -> Iterator[dict[str, Any]]:
    """A conversation per attempt that achieved its goal (with `failures`: per attempt), and what came of it."""
    for sample in found:
        if sample.achieved or failures:
            answer = {"role": "assistant", "content": fence(sample.program)}
            yield {"messages": [*sample.prompt, answer], "metadata": _about(sample)}


def preferences(found: Sequence[Sample]) -> Iterator[dict[str, Any]]:
    """A pair for each two attempts from the same start of which one did better; the prompt is the better one's.

    Only first attempts of runs of the same task and seed start from the same scene: a later attempt starts from what
    the earlier ones left, so it is comparable with nothing.
    """
    by_start: dict[tuple[Any, ...], list[Sample]] = {}
    for sample in found:
        if sample.attempt == 1 and sample.seed is not None:
            by_start.setdefault(sample.start, []).append(sample)
    for group in by_start.values():
        for good, bad in product(group, group):
            if good.value > bad.value and good.program != bad.program:
                yield _pair(good, bad)


def _pair(good: Sample, bad: Sample) -> dict[str, Any]:
    def answer(sample: Sample) -> list[dict[str, str]]:
        return [{"role": "assistant", "content": fence(sample.program)}]

    about = {"chosen": _about(good), "rejected": _about(bad)}
    return {"prompt": list(good.prompt), "chosen": answer(good), "rejected": answer(bad), "metadata": about}


def _about(sample: Sample) -> dict[str, Any]:
    keys = ("run", "task", "seed", "attempt", "outcome", "achieved", "score", "tier", "perception")
    return {key: getattr(sample, key) for key in keys}
