# pyright: reportMissingImports=false
# torch and its like belong to the `train` extra, which the type checker's environment lacks.
"""The corpus as tokens, and batches of similar length made of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import torch

Encoded = tuple[list[int], int]
"""Token ids of prompt and program, and where the program starts."""

_POOL = 64  # batches that are sorted by length together: enough for little padding, few enough to stay shuffled


def encode(path: Path, tokenizer: Any) -> list[Encoded]:
    """The examples of a file of the corpus (prompt, program). OSError or ValueError when there is no such file."""
    out: list[Encoded] = []
    with path.open() as lines:
        for line in lines:
            row = json.loads(line)
            prompt = tokenizer(row["prompt"])["input_ids"]
            program = tokenizer(row["program"])["input_ids"]
            out.append(([*prompt, *program, tokenizer.eos_token_id], len(prompt)))
    if not out:
        raise ValueError(f"no examples in {path}")
    return out


def batches(examples: list[Encoded], size: int, epoch: int, seed: int) -> list[list[Encoded]]:
    """One pass over the examples in an order that seed and epoch fix: batches of similar length, shuffled."""
    rng = Random(f"{seed} {epoch}")
    order = list(range(len(examples)))
    rng.shuffle(order)
    out: list[list[Encoded]] = []
    for start in range(0, len(order), _POOL * size):
        pool = sorted(order[start : start + _POOL * size], key=lambda i: len(examples[i][0]))
        out += [[examples[i] for i in pool[k : k + size]] for k in range(0, len(pool), size)]
    rng.shuffle(out)
    return out


def endless(examples: list[Encoded], size: int, seed: int, skip: int) -> Iterator[list[Encoded]]:
    """Batches of one pass after the other, without the first `skip`: where a resumed training goes on."""
    epoch = 0
    while True:
        ready = batches(examples, size, epoch, seed)
        if skip < len(ready):
            yield from ready[skip:]
        skip = max(skip - len(ready), 0)
        epoch += 1


def padded(batch: list[Encoded]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids (B, L) and targets (B, L): -100 where nothing is learned, else the next token.

    Rows are filled at their end, where a causal model's earlier positions do not look: no mask is needed.
    """
    width = max(len(tokens) for tokens, _ in batch)
    ids = torch.zeros((len(batch), width), dtype=torch.long)
    targets = torch.full((len(batch), width), -100)
    for row, (tokens, start) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        # Position p predicts token p + 1.
        targets[row, start - 1 : len(tokens) - 1] = torch.tensor(tokens[start:])
    return ids, targets
