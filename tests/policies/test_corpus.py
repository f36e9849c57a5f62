"""The corpus that the embedded author learns from: its programs pass the real check and do what its wordings ask."""

from __future__ import annotations

from random import Random

import pytest

from capra.policies.check import check
from capra.policies.models.corpus.families import FAMILIES, draw_sample
from capra.policies.models.corpus.grammar import expand, polish
from capra.policies.models.corpus.heldout import HELD_OUT
from capra.policies.models.corpus.world import (
    REGIONS,
    ProgramError,
    SymbolicWorld,
    Thing,
    achieved,
    random_layout,
    region_of,
    run_program,
)
from capra.policies.models.evaluate import judge
from capra.policies.models.prompt import MOST_OBJECTS, compact_prompt, compose, failure_code
from capra.primitives.errors import ERROR_CODES, PrimitiveError
from capra.primitives.registry import default_registry
from capra.primitives.values import Object

DRAWS = 25


@pytest.fixture(scope="module")
def registry():
    return default_registry().tier("high")


@pytest.mark.parametrize("family", FAMILIES)
def test_every_program_passes_the_check_and_has_its_effect(family, registry):
    for seed in range(DRAWS):
        sample = draw_sample(Random(f"{family} {seed}"), family)
        assert check(sample.program, registry) == [], sample.program
        right, error = judge(sample.program, sample.objects, sample.goals, seed)
        assert right, f"{sample.instruction}\n{sample.program}\n{error}"


@pytest.mark.parametrize("family", [f for f in FAMILIES if f not in ("absent", "question")])
def test_doing_nothing_has_no_effect(family):
    """A goal that holds anyway would praise any program."""
    idle = 0
    for seed in range(DRAWS):
        sample = draw_sample(Random(f"{family} {seed}"), family)
        idle += judge('say("done")', sample.objects, sample.goals, seed)[0]
    # A single block already lies in a side's area, or the two blocks of a row in line, once in a while.
    assert idle <= 2


def test_a_seed_fixes_the_draw():
    assert draw_sample(Random(5)) == draw_sample(Random(5))
    assert len({draw_sample(Random(seed)).instruction for seed in range(200)}) > 190


def test_every_held_out_goal_can_fail_and_its_scene_has_room():
    for number, probe in enumerate(HELD_OUT):
        assert random_layout(probe.objects, Random(number))
        assert not judge('pick("no such thing")', probe.objects, probe.goals, number)[0]


def test_held_out_covers_the_first_tasks():
    families = {probe.family for probe in HELD_OUT}
    assert {"put", "matching", "stack-two", "stack-order", "region", "line", "pyramid"} <= families
    assert len(HELD_OUT) >= 40


@pytest.mark.parametrize(
    ("program", "goal"),
    [
        ('pick("red block")\nplace_in("blue bowl")', ("in", "red block", "green bowl")),
        ('pick("red block")\nplace_on("gray block")', ("on", "gray block", "red block")),
        ('pick("red block")', ("in", "red block", "blue bowl")),
        ('pick("gray block")\nplace_in("blue bowl")\npick("red block")\nplace_in("blue bowl")',
         ("in", "red block", "blue bowl")),
        ('pick("red block")\nplace_at(region("middle"))', ("at", "red block", "top left corner")),
        ('say("yes")', ("said", "no")),
    ],
)  # fmt: skip
def test_wrong_effects_are_not_praised(program, goal):
    objects = ("red block", "gray block", "blue bowl", "green bowl")
    assert not judge(program, objects, [goal], 1)[0]


@pytest.mark.parametrize(
    ("program", "what"),
    [
        ("import os", "Import"),
        ("while True:\n    pass", "While"),
        ("().__class__", "attribute"),
        ("pick(", "parse"),
        ("", "empty"),
        ("for i in range(10**9):\n    pass", "runs away"),
    ],
)
def test_what_is_not_a_corpus_program_is_refused(program, what):
    error = run_program(SymbolicWorld([]), program)
    assert isinstance(error, ProgramError)
    assert what in str(error)


def test_symbolic_table_keeps_its_rules():
    world = SymbolicWorld([Thing(0, "block", "red", 0.5, 0.0), Thing(1, "block", "blue", 0.5, 0.2)])
    error = run_program(world, 'pick("red block")\nplace_at((0.5, 0.225))')
    assert isinstance(error, PrimitiveError)
    assert error.code == "collision"
    assert not achieved(world, [("nothing",)])
    bridge = SymbolicWorld([Thing(i, "block", c, 0.35 + 0.1 * i, 0.0) for i, c in enumerate(("red", "blue", "green"))])
    run_program(
        bridge,
        'for b, y in zip(detect("block"), (0.023, -0.023, 0)):\n    pick(b)\n    place_at((0.6, y))',
    )
    assert achieved(bridge, [("pyramid", "green block")])
    assert not achieved(bridge, [("pyramid", "red block")])
    assert all(region_of(name) for name in REGIONS)


def test_expand_leaves_no_alternatives():
    assert {expand("(a|b (c|d)|)x", Random(i)) for i in range(50)} == {"ax", "b cx", "b dx", "x"}
    assert polish("put it down", Random(0))


def _object(name: str) -> Object:
    color, kind = name.split()
    return Object(name, kind, color, [0, 0, 0], [0.04] * 3, 0.0)  # type: ignore[arg-type]


def test_prompt_is_the_form_of_the_training():
    objects = [_object("red block"), _object("blue bowl")]
    plain = compact_prompt(objects, " put the red block\n in the blue bowl ", [])
    assert plain == "objects = red block, blue bowl\n# put the red block in the blue bowl\n"
    again = compact_prompt(objects, "put it", [("pick(1)", "line 2: slipped: the red block slipped out")])
    assert again == "objects = red block, blue bowl\n# failed: slipped\n# put it\n"
    crowd = compact_prompt([_object("red block")] * 100, "x" * 10_000, [])
    assert crowd.count("red block") == MOST_OBJECTS
    assert len(crowd) < 1200


def test_failure_code_reads_the_first_code():
    for code in ERROR_CODES:
        assert failure_code(f"line 3: {code}: something") == code
    assert failure_code("the program ran to its end, but the goal may not be reached") == "not_achieved"
    assert compose(["red block"], "x", "timeout").splitlines()[1] == "# failed: timeout"
