"""From the events of a trial's trace to its row: the same for a trial that ended and for one that was killed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .rows import SCHEMA_VERSION, Row
from .settings import Job, Settings

CRASHED, WORKER_DIED, TRIAL_LIMIT, NOT_ACHIEVED = "crashed", "worker_died", "trial_limit", "not_achieved"

CODES: dict[str, str] = {
    CRASHED: "Capra itself broke: scene, primitive or judge",
    WORKER_DIED: "the process that ran the trial died",
    TRIAL_LIMIT: "the trial ran into its wall limit and was killed",
    NOT_ACHIEVED: "the last program ran to its end and the judge was not satisfied",
}
"""Failure codes of the benchmark's own. All others are the last attempt's: the code of a primitive's error, the type of
an exception, or the outcome of a program that was stopped (`capra.policies.trace.OUTCOMES`)."""


class Tally:
    """Listens to a trace and adds up what a row needs."""

    def __init__(self) -> None:
        self.attempts = 0
        self.tokens = 0
        self.cost: float | None = 0.0
        self.seconds_sim = 0.0
        self.author = ""
        self.instruction = ""
        self.fulfilled: bool | None = None
        self.verdicts: dict[int, Mapping[str, Any]] = {}
        self._outcome: Mapping[str, Any] = {}

    def __call__(self, event: Mapping[str, Any]) -> None:
        kind = event["type"]
        if kind == "run":
            self.author, self.instruction = event["author"], event["instruction"]
        elif kind == "attempt":
            self.attempts, self._outcome, self.fulfilled = self.attempts + 1, {}, None
        elif kind in ("completion", "sight"):
            self.tokens += event["tokens"]["prompt"] + event["tokens"]["completion"]
            cost = event["cost"]
            self.cost = None if cost is None or self.cost is None else self.cost + cost
        elif kind == "outcome":
            self._outcome = event
            self.seconds_sim += event.get("seconds_sim", 0.0)
        elif kind == "goal":
            self.fulfilled = event["fulfilled"]
        elif kind == "verdict":
            self.verdicts[event["attempt"]] = event

    @property
    def failure(self) -> tuple[str, str]:
        """Code and message of the last attempt, which did not achieve its goal."""
        error = self._outcome.get("error")
        if error:
            return str(error["code"]), str(error["message"])
        status = self._outcome.get("status", NOT_ACHIEVED)
        if status not in ("completed", NOT_ACHIEVED):
            return str(status), ""
        reasons = self.verdicts[max(self.verdicts)]["reasons"] if self.verdicts else ()
        return NOT_ACHIEVED, "; ".join(reasons)


def make_row(
    settings: Settings,
    job: Job,
    tally: Tally,
    seconds_wall: float,
    *,
    tags: Mapping[str, str] | None = None,
    suite: str | None = None,
    broken: tuple[str, str] | None = None,
) -> Row:
    """The row of a trial. broken: code and message when the trial did not come to its end, which is a failure with
    score 0 whatever was reached before."""
    last = tally.verdicts[max(tally.verdicts)] if tally.verdicts and broken is None else {}
    achieved = bool(last.get("achieved"))
    code, message = (None, "") if achieved else broken or tally.failure
    return {
        "v": SCHEMA_VERSION,
        "task": job.task,
        "suite": suite or settings.suite,
        "tags": dict(tags or {}),
        "seed": job.seed,
        "instruction": tally.instruction,
        "tier": settings.tier,
        "perception": settings.perception,
        "author": tally.author or settings.author,
        "attempts": tally.attempts,
        "achieved": achieved,
        "achieved@1": achieved and bool(tally.verdicts.get(1, {}).get("achieved")),
        "fulfilled": tally.fulfilled if broken is None else None,
        "score": float(last.get("score", 0.0)),
        "other_scores": dict(last.get("other_scores", {})),
        "tokens": tally.tokens,
        "cost": None if tally.cost is None else round(tally.cost, 8),
        "seconds_sim": round(tally.seconds_sim, 4),
        "seconds_wall": round(seconds_wall, 3),
        "code": code,
        "message": message[:500],
        "run_dir": None,
    }
