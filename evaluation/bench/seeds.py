"""Which seeds a benchmark uses. Those one looks at while working and those one reports on never meet."""

from __future__ import annotations

FIRST_TEST_SEED = 1000
"""Seeds below are for debugging; these and up are for testing."""


def parse_seeds(text: str, episodes: int | None) -> range:
    """The seeds of ``debug`` (0 and up), ``test`` (1000 and up) or ``FIRST:LAST`` (both included).

    episodes: how many of them; None means all of FIRST:LAST, else 50. ValueError with one line that says what is
    valid, also when a range holds debug and test seeds.
    """
    if text in ("debug", "test"):
        first = 0 if text == "debug" else FIRST_TEST_SEED
        seeds = range(first, first + (50 if episodes is None else episodes))
    else:
        seeds = _parse_range(text)
        if episodes is not None:
            if episodes > len(seeds):
                raise ValueError(f"--episodes {episodes} is more than the {len(seeds)} seeds of --seeds {text}")
            seeds = seeds[:episodes]
    if seeds.start < FIRST_TEST_SEED < seeds.stop:
        raise ValueError(
            f"seeds {seeds.start}:{seeds.stop - 1} mix debug seeds (0 to {FIRST_TEST_SEED - 1}) and test seeds "
            f"({FIRST_TEST_SEED} and up); results on the two are never put together"
        )
    return seeds


def _parse_range(text: str) -> range:
    first, colon, last = text.partition(":")
    if not (colon and first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise ValueError(f"--seeds is {text!r}; give debug, test or FIRST:LAST, such as 1000:1049")
    if int(last) < int(first):
        raise ValueError(f"--seeds {text} holds no seed; FIRST:LAST needs FIRST <= LAST")
    return range(int(first), int(last) + 1)


def kind_of(seeds: range) -> str:
    """`debug` or `test`."""
    return "test" if seeds.start >= FIRST_TEST_SEED else "debug"
