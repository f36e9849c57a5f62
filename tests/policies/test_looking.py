"""What goal checks and candidates look like in the terminal, in the report and to the author. Under a second."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from capra.policies.feedback import feedback, one_line
from capra.policies.report.looking import candidates_html, goal_check_html, goal_html
from capra.policies.report.story import tell
from capra.policies.terminal import TerminalView

TRIED = {"fulfilled": False, "passed": True, "errors": 0, "motion": 4.2, "clearance": 0.031, "reasons": ["<b> is off"]}
CHECK = {"type": "goal_check", "attempt": 1, "source": "require(True, '<x>')", "origin": "author", "problems": []}
CANDIDATES: list[dict[str, Any]] = [
    {"number": 1, "source": "a()", "problems": [], "tried": True, **TRIED, "rank": 2, "chosen": False},
    {
        "number": 2,
        "source": "b()",
        "problems": [],
        "tried": True,
        **TRIED,
        "fulfilled": True,
        "rank": 1,
        "chosen": True,
    },
    {"number": 3, "source": "c(", "problems": [{"line": 1, "message": "odd"}], "tried": False, "rank": 3},
]


def goal(fulfilled: bool | None, *reasons: str) -> dict[str, Any]:
    return {"type": "goal", "attempt": 1, "fulfilled": fulfilled, "reasons": list(reasons), "conditions": []}


EVENTS = [
    {"type": "attempt", "attempt": 1},
    CHECK,
    *({"type": "candidate", "attempt": 1, **c} for c in CANDIDATES),
    {"type": "program", "attempt": 1, "source": "b()"},
    {"type": "outcome", "attempt": 1, "status": "completed", "error": None},
    goal(False, "the <red> block is 70 mm off"),
]


def test_the_report_shows_goal_check_and_candidates_by_rank_and_escapes_them() -> None:
    (attempt,) = tell(EVENTS).attempts
    assert attempt.goal is not None
    page = goal_html(attempt.goal) + goal_check_html(attempt) + candidates_html(attempt)
    assert "the &lt;red&gt; block is 70 mm off" in page
    assert "require(True, &#x27;&lt;x&gt;&#x27;)" in page
    assert page.index("b()") < page.index("a()") < page.index("c(")
    assert "refused by the check, odd" in page
    assert "31 mm clear" in page


@pytest.mark.parametrize(
    ("fulfilled", "words"), [(True, "Goal check: reached"), (False, "not reached"), (None, "broke, and says nothing")]
)
def test_the_terminal_shows_them(fulfilled: bool | None, words: str) -> None:
    text = io.StringIO()
    view = TerminalView(Console(file=text, width=200))
    for event in [*EVENTS[:-1], goal(fulfilled, "why")]:
        view(event)
    shown = text.getvalue()
    assert words in shown
    assert "goal check author, 1 line" in shown
    assert "candidate 2 rank 1, runs: in the twin goal reached, 0 errors, 4.2 s motion" in shown


def test_the_author_reads_the_goal_checks_reasons_and_never_the_judges() -> None:
    secret = {"type": "verdict", "attempt": 1, "achieved": False, "score": 0.0, "reasons": ["SECRET"]}
    told = feedback([*EVENTS, secret])
    assert "the goal is not reached" in told
    assert "the <red> block is 70 mm off" in told
    assert "70 mm off" in one_line([*EVENTS, secret])
    assert "SECRET" not in told
    assert "may not be reached" in feedback([*EVENTS[:-1], goal(True)])
