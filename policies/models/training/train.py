# pyright: reportMissingImports=false
# torch and its like belong to the `train` extra, which the type checker's environment lacks.
"""Train the adapter on freshly drawn examples; every example is checked by effect before it is used.

    python -m capra.policies.models.training.train --base SmolLM2-135M-Instruct.Q4_1.gguf --out DIR --minutes 35

Writes DIR/checkpoint.pt as it goes and resumes from it; DIR/adapter.gguf at each checkpoint.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import torch

from ....primitives.errors import PrimitiveError
from ..corpus.families import Sample, draw_sample
from ..corpus.world import SymbolicWorld, achieved, random_layout, run_program
from ..prompt import compose
from .lora import attach, export_gguf

RANK = 8
ALPHA = 16.0
_LAYOUT_TRIES = 10


def good(sample: Sample, rng: Random) -> bool:
    """Whether the sample's own program has the sample's effect in some layout of its scene."""
    for _ in range(_LAYOUT_TRIES):
        try:
            world = SymbolicWorld(random_layout(sample.objects, rng))
        except ValueError:
            continue
        error = run_program(world, sample.program)
        if error is None:
            return achieved(world, sample.goals)
        if not (isinstance(error, PrimitiveError) and error.code in ("collision", "unreachable", "no_space")):
            return False
    return False


def examples(seed: int) -> Iterator[Sample]:
    rng = Random(seed)
    while True:
        sample = draw_sample(rng)
        if good(sample, rng):
            yield sample


class Batches:
    """Batches of similar length: input ids, targets (-100 where nothing is learned)."""

    def __init__(self, tokenizer: object, seed: int, size: int) -> None:
        self._samples = examples(seed)
        self._tokenizer = tokenizer
        self._rng = Random(seed + 1)
        self._size = size
        self._ready: list[list[tuple[list[int], int]]] = []

    def __next__(self) -> tuple[torch.Tensor, torch.Tensor]:
        if not self._ready:
            encoded = sorted(
                (self._encode(next(self._samples)) for _ in range(16 * self._size)), key=lambda e: len(e[0])
            )
            self._ready = [encoded[i : i + self._size] for i in range(0, len(encoded), self._size)]
            self._rng.shuffle(self._ready)
        batch = self._ready.pop()
        width = max(len(ids) for ids, _ in batch)
        end = self._tokenizer.eos_token_id  # type: ignore[attr-defined]
        ids = torch.full((len(batch), width), end)
        targets = torch.full((len(batch), width), -100)
        for row, (tokens, start) in enumerate(batch):
            ids[row, : len(tokens)] = torch.tensor(tokens)
            # Position p predicts token p + 1.
            targets[row, start - 1 : len(tokens) - 1] = torch.tensor(tokens[start:])
        return ids, targets

    def _encode(self, sample: Sample) -> tuple[list[int], int]:
        tokenizer = self._tokenizer
        prompt = tokenizer(compose(sample.objects, sample.instruction, sample.failed))["input_ids"]  # type: ignore[operator]
        program = tokenizer(sample.program)["input_ids"]  # type: ignore[operator]
        return [*prompt, *program, tokenizer.eos_token_id], len(prompt)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=35.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    os.environ["HF_HUB_OFFLINE"] = "1"
    from transformers import AutoModelForCausalLM, AutoTokenizer

    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    where = {"pretrained_model_name_or_path": str(args.base.parent), "gguf_file": args.base.name}
    tokenizer = AutoTokenizer.from_pretrained(**where)
    # Single precision: on the processors at hand bfloat16 products took twice as long.
    model = AutoModelForCausalLM.from_pretrained(**where).to(torch.float32)
    config = model.config
    adapters = attach(model, RANK, ALPHA)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=args.rate, weight_decay=0.0, betas=(0.9, 0.98))
    checkpoint = args.out / "checkpoint.pt"
    step, seen, spent = 0, 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        for key, adapter in adapters.items():
            adapter.load_state_dict(state["weights"][key], strict=False)
        optimizer.load_state_dict(state["optimizer"])
        step, seen, spent = state["step"], state["seen"], state["spent"]

    def save() -> None:
        weights = {k: {n: p.detach().clone() for n, p in (("a", m.a), ("b", m.b))} for k, m in adapters.items()}
        state = {"weights": weights, "optimizer": optimizer.state_dict(), "step": step, "seen": seen, "spent": spent}
        torch.save(state, checkpoint.with_suffix(".new"))
        checkpoint.with_suffix(".new").replace(checkpoint)
        flat = {f"{k}.{n}": p for k, halves in weights.items() for n, p in halves.items()}
        export_gguf(
            args.out / "adapter.gguf", flat, ALPHA, config.num_attention_heads, config.num_key_value_heads,
            "capra embedded author",
        )  # fmt: skip

    batches = Batches(tokenizer, args.seed + 1000 * step, args.batch)
    log = (args.out / "log.jsonl").open("a")
    total = 60 * args.minutes
    began = saved = time.monotonic()
    before = spent
    mean = 0.0
    while spent < total:
        # The rate falls with the time spent, since time is what is given; a short warm-up at the start.
        rate = args.rate * max(1 - spent / total, 0.02) * min(1.0, (step + 1) / 10)
        for group in optimizer.param_groups:
            group["lr"] = rate
        ids, targets = next(batches)
        hidden = model.model(input_ids=ids).last_hidden_state
        learned = targets >= 0
        logits = model.lm_head(hidden[learned]).float()
        loss = torch.nn.functional.cross_entropy(logits, targets[learned])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        step, seen = step + 1, seen + len(ids)
        now = time.monotonic()
        spent = before + now - began
        mean = loss.item() if not mean else 0.9 * mean + 0.1 * loss.item()
        if step % 4 == 0:
            row = {"step": step, "seen": seen, "spent": round(spent), "loss": round(mean, 5), "width": ids.shape[1]}
            log.write(json.dumps(row) + "\n")
            log.flush()
        if now - saved > 120:
            save()
            saved = now
    save()


if __name__ == "__main__":
    main()
