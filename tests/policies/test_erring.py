"""The author of known error rates: its mistakes, what mends them, and that it reads nothing but messages. About 3 s."""

from __future__ import annotations

import ast
from typing import Any

import pytest

from capra.policies.author.erring import RATES, ErringAuthor, Known, Model
from capra.policies.author.factory import make_author
from capra.policies.author.fences import extract_program, fence
from capra.policies.author.messages import AuthorUsageError, Message
from capra.policies.author.slips import SLIPS, Slip, written
from capra.policies.check import check
from capra.policies.feedback import feedback
from capra.primitives.registry import default_registry
from capra.tasks.suite import load_task

HIGH = default_registry().tier("high")
PRIMITIVES = [p.name for p in HIGH]
INSTANCE = load_task("put-block-in-bowl").instance(0)
NAMES = [f"{p.spec.color} {p.spec.kind}" for p in INSTANCE.placements]
SEEDS = range(60)


def author(seed: int, *, skill: str = "", **model: Any) -> ErringAuthor:
    given = {"block": INSTANCE.parameters["block"], "bowl": INSTANCE.parameters["bowl"]}
    return ErringAuthor(Known(INSTANCE.expert, "", given, skill, seed), PRIMITIVES, Model(**model))


def first(skills: str = "") -> list[Message]:
    lines = "\n".join(f'{{"name": "{n}", "position": [0, 0, 0]}}' for n in NAMES)
    return [Message(role="user", content=f"Instruction\n{lines}\n{skills}")]


def again(program: str, told: str) -> list[Message]:
    text = f"What came of attempt 1:\n```text\n{told}\n```\n\nThe world as it is now, ...\n{first()[0]['content']}"
    return [*first(), Message(role="assistant", content=fence(program)), Message(role="user", content=text)]


def program(a: ErringAuthor, messages: list[Message], temperature: float = 0.0) -> str:
    return extract_program(a.complete(messages, temperature=temperature).text)


def only(kind: str) -> dict[str, float]:
    return {k: float(k == kind) for k in RATES}


@pytest.mark.parametrize("kind", list(SLIPS))
def test_each_mistake_changes_the_program_and_says_what_would_point_at_it(kind: str) -> None:
    for seed in range(10):
        made = written(INSTANCE.expert, [Slip(kind, seed)], PRIMITIVES, NAMES)
        assert list(made.slips) == [Slip(kind, seed)]
        assert ast.dump(ast.parse(made.program)) != ast.dump(ast.parse(INSTANCE.expert))
        assert all(made.slips[Slip(kind, seed)])


@pytest.mark.parametrize("seed", range(8))
def test_the_check_finds_every_misspelling(seed: int) -> None:
    assert check(written(INSTANCE.expert, [Slip("misspelt", seed)], PRIMITIVES, NAMES).program, HIGH)


def test_without_rates_it_gives_the_right_program_and_the_same_seed_gives_the_same() -> None:
    assert program(author(3, rates={}), first()) == INSTANCE.expert.strip("\n") + "\n"
    assert program(author(3), first()) == program(author(3), first())
    assert len({program(author(seed), first()) for seed in SEEDS}) > 10


def test_mistakes_come_at_their_rates() -> None:
    wrong = sum(
        program(author(s, rates={"misspelt": 0.3}), first()).count("(")
        and bool(check(program(author(s, rates={"misspelt": 0.3}), first()), HIGH))
        for s in range(200)
    )
    assert 0.2 < wrong / 200 < 0.4


def test_feedback_that_points_at_the_line_mends_more_than_one_that_does_not() -> None:
    mended = {"pointed": 0, "blind": 0}
    for seed in SEEDS:
        for kind in mended:
            one = author(seed, rates=only("misspelt"))
            wrong = program(one, first())
            problems = [{"line": p.line, "message": p.message} for p in check(wrong, HIGH)]
            events = [{"type": "program", "source": wrong}, {"type": "check", "problems": problems}]
            told = feedback([*events, {"type": "outcome", "status": "check_failed"}])
            mended[kind] += not check(program(one, again(wrong, told if kind == "pointed" else "It failed.")), HIGH)
    assert mended["pointed"] > 0.65 * len(SEEDS)
    assert mended["blind"] < 0.35 * len(SEEDS)


def test_samples_share_some_mistakes_and_not_all() -> None:
    same = 0
    for seed in SEEDS:
        one = author(seed, rates=only("misspelt") | {"misspelt": 0.5})
        likeliest = program(one, first())
        sampled = [program(one, first(), 0.7) for _ in range(3)]
        same += sum(s == likeliest for s in sampled)
    assert 0.5 * 3 * len(SEEDS) < same < 3 * len(SEEDS)


def test_a_skill_that_it_is_shown_is_used_with_the_names_of_this_instance() -> None:
    shown = "```python\ndef put_block_in_bowl(block, bowl):\n    pick(block)\n```"
    one = author(0, skill="put_block_in_bowl", rates={}, use_skill=1.0)
    block, bowl = INSTANCE.parameters["block"], INSTANCE.parameters["bowl"]
    assert program(one, first(shown)) == f"put_block_in_bowl({block!r}, {bowl!r})\n"
    assert program(one, first()) == INSTANCE.expert.strip("\n") + "\n"


def test_goal_checks_are_wrong_now_and_then() -> None:
    given = {"block": INSTANCE.parameters["block"], "bowl": INSTANCE.parameters["bowl"]}
    found = [
        ErringAuthor(
            Known(INSTANCE.expert, INSTANCE.goal_check, given, "", s), PRIMITIVES, Model(wrong_goal=0.3)
        ).goal_check("")
        for s in range(100)
    ]
    assert 15 < sum(text != INSTANCE.goal_check for text in found) < 45


@pytest.mark.parametrize(
    ("spec", "what"), [("erring", "needs a task"), ("erring:9", "from 0 to 2"), ("erring:x", "'x'")]
)
def test_the_factory_says_what_it_needs(spec: str, what: str) -> None:
    with pytest.raises(AuthorUsageError, match=what):
        make_author(spec)
    assert make_author("erring:0.5", known=Known(INSTANCE.expert)).name == "erring"
