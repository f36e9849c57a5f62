"""Does the trained repair beat a rerun of the same program? Paired: the same tasks, seeds and faults for both."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from capra.evaluation.statistics import Pairs, mcnemar_exact, newcombe_paired, wilson
from capra.evaluation.trial import Trial, run_trial
from capra.policies.author.messages import Completion, Message, Style
from capra.policies.models.embedded import EmbeddedAuthor
from capra.tasks.suites.cap_tabletop import TASKS

ATTEMPTS = 3
_TASKS = ("stack-all-sa-si", "gather-sa-si", "fill-sa-si", "match-sa-si", "put-on-sa-si")


class Repair:
    """The model itself; a trial that is over leaves it running for the next."""

    style: Style = "compact"
    name = "repair"

    def __init__(self, author: EmbeddedAuthor) -> None:
        self._author = author

    def complete(
        self, messages: Sequence[Message], on_text: Callable[[str], None] | None = None, temperature: float = 0.0
    ) -> Completion:
        # Greedy throughout, so that the two differ in the repair alone.
        return self._author.complete(messages, on_text, 0.0)

    def close(self) -> None:
        """The model belongs to the caller."""


class Rerun(Repair):
    """Asks the model once, and gives the same program again on every further attempt."""

    name = "rerun"

    def __init__(self, author: EmbeddedAuthor) -> None:
        super().__init__(author)
        self._first: Completion | None = None

    def complete(
        self, messages: Sequence[Message], on_text: Callable[[str], None] | None = None, temperature: float = 0.0
    ) -> Completion:
        if self._first is None:
            self._first = self._author.complete(messages, on_text, 0.0)
        return self._first


def compare(author: EmbeddedAuthor, seeds: range, faults: Mapping[str, float]) -> dict[str, object]:
    """Success within ATTEMPTS under faults with trained repair and with reruns, and on how many trials they differ."""
    pairs: list[tuple[bool, bool]] = []
    by_task: dict[str, str] = {}
    for task in TASKS:
        if task.id.split("/")[1] not in _TASKS:
            continue
        for seed in seeds:
            achieved = []
            for candidate in (Repair(author), Rerun(author)):
                with tempfile.TemporaryDirectory() as folder:
                    trial = Trial.of_task(task, seed, attempts=ATTEMPTS, faults=faults)
                    achieved.append(bool(run_trial(trial, candidate, Path(folder), record=False)["achieved"]))
            pairs.append((achieved[0], achieved[1]))
        repaired, rerun = (sum(column) for column in zip(*pairs[-len(seeds) :], strict=True))
        by_task[task.id] = f"{repaired} and {rerun} of {len(seeds)}"
        sys.stderr.write(f"{task.id}: {by_task[task.id]}\n")
    counted = Pairs.of([rerun for _, rerun in pairs], [repair for repair, _ in pairs])
    repaired, rerun = counted.both + counted.only_b, counted.both + counted.only_a
    return {
        "faults": dict(faults),
        "by_task": by_task,
        "trials": len(pairs),
        "repair": repaired,
        "repair_interval": wilson(repaired, len(pairs)),
        "rerun": rerun,
        "rerun_interval": wilson(rerun, len(pairs)),
        "only_repair": counted.only_b,
        "only_rerun": counted.only_a,
        "difference_interval": newcombe_paired(counted),
        "mcnemar_p": mcnemar_exact(counted.only_a, counted.only_b),
    }
