"""The statistics of success rates: Wilson intervals, paired differences, McNemar's exact test, a paired bootstrap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Z_95 = 1.959964
_RESAMPLES = 10_000


def wilson(successes: int, trials: int, z: float = Z_95) -> tuple[float, float]:
    """Score interval of a proportion (Wilson, J. Am. Stat. Assoc. 22, 1927, 209-212); (0, 1) when there is no trial.

    z: the standard normal quantile of the confidence, 1.96 for 95 %. ValueError unless 0 <= successes <= trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    share = successes / trials
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    middle, scale = share + z * z / (2 * trials), 1 + z * z / trials
    # At both ends the interval touches 0 or 1 exactly; rounding must not carry it past the proportion itself.
    return min(max(0.0, (middle - spread) / scale), share), max(min(1.0, (middle + spread) / scale), share)


@dataclass(frozen=True)
class Pairs:
    """Outcomes of the same trials under A and B, counted."""

    both: int
    only_a: int
    only_b: int
    neither: int

    @classmethod
    def of(cls, a: Sequence[bool], b: Sequence[bool]) -> Pairs:
        cells = list(zip(a, b, strict=True))
        return cls(*(cells.count(cell) for cell in ((True, True), (True, False), (False, True), (False, False))))

    @property
    def count(self) -> int:
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def rate_a(self) -> float:
        return (self.both + self.only_a) / self.count

    @property
    def rate_b(self) -> float:
        return (self.both + self.only_b) / self.count


def newcombe_paired(pairs: Pairs, z: float = Z_95) -> tuple[float, float]:
    """Interval of rate_b - rate_a for paired outcomes: method 10 of Newcombe, Statistics in Medicine 17, 1998,
    2635-2650, which squares and adds the Wilson intervals of both rates with a correction for their correlation."""
    n, rate_a, rate_b = pairs.count, pairs.rate_a, pairs.rate_b
    low_a, high_a = wilson(pairs.both + pairs.only_a, n, z)
    low_b, high_b = wilson(pairs.both + pairs.only_b, n, z)
    phi = _phi(pairs)
    down, up = (rate_b - low_b, high_a - rate_a), (high_b - rate_b, rate_a - low_a)
    difference = rate_b - rate_a
    return difference - _hypotenuse(*down, phi), difference + _hypotenuse(*up, phi)


def _hypotenuse(one: float, other: float, phi: float) -> float:
    return math.sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def _phi(pairs: Pairs) -> float:
    margins = (
        (pairs.both + pairs.only_a)
        * (pairs.only_b + pairs.neither)
        * (pairs.both + pairs.only_b)
        * (pairs.only_a + pairs.neither)
    )
    if margins == 0:
        return 0.0
    product = pairs.both * pairs.neither - pairs.only_a * pairs.only_b
    if product > 0:
        product = max(product - pairs.count / 2, 0.0)
    return product / math.sqrt(margins)


def mcnemar_exact(only_a: int, only_b: int) -> float:
    """Two-sided p of McNemar's exact test: a binomial test of one half on the pairs that differ (McNemar, Psychometrika
    12, 1947, 153-157). 1 when none differs."""
    differing = only_a + only_b
    tail = sum(math.comb(differing, k) for k in range(min(only_a, only_b) + 1))
    return min(1.0, 2 * tail / 2**differing)


def bootstrap_mean(values: Sequence[float], resamples: int = _RESAMPLES) -> tuple[float, float]:
    """95 % percentile interval of a mean (Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13).

    The resampling has a fixed seed, so that the same values always give the same interval. ValueError without values.
    """
    if not values:
        raise ValueError("no values to resample")
    data = np.asarray(values, dtype=float)
    picked = np.random.default_rng(0).integers(len(data), size=(resamples, len(data)))
    low, high = np.quantile(data[picked].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)
