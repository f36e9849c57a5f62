"""What a completion costs, from a price table the user gives; Capra ships none, since prices change without notice."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from .messages import AuthorUsageError

PRICES_VARIABLE = "CAPRA_PRICES"
_FORM = "MODEL=PROMPT/COMPLETION per million tokens, comma separated, e.g. my-model=0.25/2.00; * stands for any model"


@dataclass(frozen=True)
class Price:
    """Per million tokens, in whatever currency the table uses."""

    prompt: float
    completion: float

    def cost(self, prompt_tokens: int, completion_tokens: int) -> float:
        return (self.prompt * prompt_tokens + self.completion * completion_tokens) / 1e6


def parse_prices(table: str) -> dict[str, Price]:
    """Read ``MODEL=PROMPT/COMPLETION,...``. AuthorUsageError names the entry that cannot be read."""
    prices: dict[str, Price] = {}
    for entry in filter(None, (piece.strip() for piece in table.split(","))):
        model, equals, pair = entry.rpartition("=")
        try:
            prompt, completion = (float(figure) for figure in pair.split("/"))
        except ValueError:
            raise AuthorUsageError(f"{PRICES_VARIABLE}: cannot read {entry!r}; write {_FORM}") from None
        usable = all(math.isfinite(figure) and figure >= 0 for figure in (prompt, completion))
        if not (equals and model.strip() and usable):
            raise AuthorUsageError(f"{PRICES_VARIABLE}: cannot read {entry!r}; write {_FORM}")
        prices[model.strip()] = Price(prompt, completion)
    return prices


def price_of(model: str, environment: Mapping[str, str]) -> Price | None:
    """The price of `model` in the table of the environment variable CAPRA_PRICES; None when it is not there."""
    prices = parse_prices(environment.get(PRICES_VARIABLE, ""))
    return prices.get(model, prices.get("*"))
