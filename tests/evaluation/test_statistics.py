"""Intervals and tests against figures that others have published. About a second."""

from __future__ import annotations

import math

import pytest

from capra.evaluation.statistics import Pairs, bootstrap_mean, mcnemar_exact, newcombe_paired, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),  # Newcombe, Statistics in Medicine 17, 1998, 857-872, table I, method 3
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (20, 20, 1 - 0.1611, 1.0),
    ],
)
def test_wilson_agrees_with_published_intervals(successes: int, trials: int, low: float, high: float) -> None:
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_a_few_trials_by_hand() -> None:
    # 1 of 2 with z = 2: middle (1/2 + 4/4) / (1 + 4/2) = 1/2; spread 2 sqrt(1/8 + 4/16) / 3 = sqrt(3/8) 2/3
    spread = math.sqrt(3 / 8) * 2 / 3
    assert wilson(1, 2, z=2.0) == pytest.approx((0.5 - spread, 0.5 + spread))


def test_wilson_says_nothing_without_trials_and_refuses_nonsense() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 successes of 2"):
        wilson(3, 2)


@pytest.mark.parametrize(
    ("pairs", "low", "high"),
    [
        # Altman et al., Statistics with Confidence, 2000, table 6.2
        (Pairs(both=14, only_a=0, only_b=5, neither=22), 0.011, 0.226),
        # Fagerland, Lydersen and Laake, Statistics in Medicine 33, 2014, 2850-2875 (Bentur's data)
        (Pairs(both=1, only_a=7, only_b=1, neither=12), -0.507, -0.026),
        # Newcombe, Statistics in Medicine 17, 1998, 2635-2650 (Armitage and Berry's data)
        (Pairs(both=20, only_a=2, only_b=12, neither=16), 0.056, 0.329),
    ],
)
def test_newcombe_agrees_with_published_intervals(pairs: Pairs, low: float, high: float) -> None:
    assert newcombe_paired(pairs) == pytest.approx((low, high), abs=5e-4)


def test_newcombe_turns_round_with_a_and_b() -> None:
    low, high = newcombe_paired(Pairs(20, 2, 12, 16))
    assert newcombe_paired(Pairs(20, 12, 2, 16)) == pytest.approx((-high, -low))


def test_newcombe_without_correlation_adds_the_squares_of_the_wilson_arms() -> None:
    pairs = Pairs(both=5, only_a=5, only_b=0, neither=0)  # A always succeeds, so phi is 0
    low_a, high_a = wilson(10, 10)
    low_b, high_b = wilson(5, 10)
    down, up = math.hypot(0.5 - low_b, high_a - 1.0), math.hypot(high_b - 0.5, 1.0 - low_a)
    assert newcombe_paired(pairs) == pytest.approx((-0.5 - down, -0.5 + up))


@pytest.mark.parametrize(
    ("only_a", "only_b", "p"),
    [(1, 7, 2 * (1 + 8) / 256), (12, 2, 2 * (1 + 14 + 91) / 2**14), (0, 5, 2 / 32), (3, 3, 1.0), (0, 0, 1.0)],
)
def test_mcnemar_is_the_binomial_test_of_the_pairs_that_differ(only_a: int, only_b: int, p: float) -> None:
    assert mcnemar_exact(only_a, only_b) == pytest.approx(p)


def test_pairs_are_counted() -> None:
    assert Pairs.of([True, True, False, False, True], [True, False, True, False, True]) == Pairs(2, 1, 1, 1)
    with pytest.raises(ValueError, match="zip"):
        Pairs.of([True], [])


def test_the_bootstrap_is_repeatable_and_near_the_normal_interval() -> None:
    values = [0.0, 0.2, 0.4, 0.6, 0.8] * 20
    low, high = bootstrap_mean(values)
    assert (low, high) == bootstrap_mean(values)
    spread = 1.96 * math.sqrt(0.08 / 100)  # the variance of the values is 0.08
    assert (low, high) == pytest.approx((0.4 - spread, 0.4 + spread), abs=0.01)
    assert bootstrap_mean([0.25] * 7) == (0.25, 0.25)
    with pytest.raises(ValueError, match="no values"):
        bootstrap_mean([])
