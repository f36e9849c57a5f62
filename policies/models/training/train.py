# pyright: reportMissingImports=false
# torch and its like belong to the `train` extra, which the type checker's environment lacks.
"""Train the adapter on a corpus that `corpus.generate` wrote.

    python -m capra.policies.models.training.train --corpus runs/corpus --out runs/adapter --minutes 80

Writes DIR/checkpoint.pt as it goes and resumes from it; DIR/adapter.gguf at each checkpoint and at the end;
DIR/log.jsonl with loss and examples per second. Without a checkpoint, --start FILE.gguf goes on from an adapter that
was exported, such as the one that ships with Capra. Either may be of a lower rank: it is taken up as it is, and the
further directions learn from nothing. With --whole the projections themselves are trained, and at the end what they
learned becomes an adapter of the rank (see `whole`). The rate falls to nothing over --minutes of training, or over
--epochs when that ends sooner.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

import torch

from ..install import find_model
from .lora import Adapters, Weights, export_gguf, filled, read_gguf
from .tokens import Encoded, batches, encode, endless, padded
from .whole import Whole

RANK = 8
_WARM_UP = 20  # steps
_FLOOR = 0.02  # share of the rate that is left at the end
_VALIDATED = 200  # examples whose loss is measured at each checkpoint
_PARTS = ("train.jsonl", "validation.jsonl")
_WEIGHED = 32  # batches that tell what of a whole training matters


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, required=True, help="folder with train.jsonl and validation.jsonl")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, default=None, metavar="FILE.gguf", help="adapter to go on from")
    parser.add_argument("--base", type=Path, default=None, help="GGUF of the base model; by default the installed one")
    parser.add_argument("--minutes", type=float, default=80.0, help="of training, all resumed parts together")
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rate", type=float, default=1e-3)
    parser.add_argument("--rank", type=int, default=RANK)
    parser.add_argument("--whole", action="store_true", help="train the projections themselves")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--precision", choices=("auto", "fp32", "bf16"), default="auto")
    parser.add_argument("--save-every", type=float, default=300.0, metavar="SECONDS")
    args = parser.parse_args()
    if missing := [args.corpus / name for name in _PARTS if not (args.corpus / name).is_file()]:
        parser.error(f"--corpus {args.corpus}: no {missing[0].name} in it; `corpus.generate --out` writes both")
    if args.start is not None and not args.start.is_file():
        parser.error(f"--start {args.start}: no such file; expected an adapter as GGUF")
    return args


class Training:
    """Model, what of it is learned, and optimiser, and what has been done with them."""

    def __init__(self, args: argparse.Namespace, examples: list[Encoded]) -> None:
        from transformers import AutoModelForCausalLM

        self.args = args
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.manual_seed(args.seed)
        where = base_model(args.base)
        self.model: Any = AutoModelForCausalLM.from_pretrained(**where).to(torch.float32)
        self.learned = Whole(self.model) if args.whole else Adapters(self.model, args.rank)
        self.model.to(self.device).train()
        self.parameters = self.learned.parameters
        self.optimizer = torch.optim.AdamW(self.parameters, lr=args.rate, weight_decay=0.0, betas=(0.9, 0.98))
        self.step, self.seen, self.spent = 0, 0, 0.0
        self.steps = max(1, int(args.epochs * len(examples) / args.batch))
        self.bf16 = args.precision == "bf16"
        self._resume()
        if args.precision == "auto":
            self.bf16 = self._faster_in_bf16(examples)

    @property
    def checkpoint(self) -> Path:
        return self.args.out / "checkpoint.pt"

    def _resume(self) -> None:
        if not self.checkpoint.exists():
            if self.args.start is not None:
                config = self.model.config
                self.learned.take_up(read_gguf(self.args.start, config.num_attention_heads, config.num_key_value_heads))
            return
        state = torch.load(self.checkpoint, map_location=self.device)
        self.learned.take_up(state["weights"])
        for number, parameter in enumerate(self.parameters):
            moments = state["optimizer"]["state"][number]
            for name in ("exp_avg", "exp_avg_sq"):
                moments[name] = filled(moments[name], torch.zeros_like(parameter))
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.seen, self.spent = state["step"], state["seen"], state["spent"]

    def _faster_in_bf16(self, examples: list[Encoded]) -> bool:
        """Time a small batch each way: on some processors bfloat16 takes a third of the time, on others far more."""
        if self.device.type == "cuda":
            return True
        some = sorted(examples[: 8 * self.args.batch], key=lambda e: len(e[0]))
        batch = some[len(some) // 2 :][:2]
        seconds: dict[bool, float] = {}
        for half in (False, True, False, True):  # the first of each warms up
            self.bf16 = half
            start = time.monotonic()
            self.loss(batch).backward()
            seconds[half] = time.monotonic() - start
        self.optimizer.zero_grad(set_to_none=True)
        return seconds[True] < seconds[False]

    def loss(self, batch: list[Encoded]) -> torch.Tensor:
        """Mean over the program's tokens; logits are made at these only."""
        ids, targets = (t.to(self.device) for t in padded(batch))
        cast = torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else contextlib.nullcontext()
        with cast:
            hidden = self.model.model(input_ids=ids, use_cache=False).last_hidden_state
            learned = targets >= 0
            logits = self.model.lm_head(hidden[learned])
        return torch.nn.functional.cross_entropy(logits.float(), targets[learned])

    def rate(self) -> float:
        """It falls with the share of the time or of the steps that is over, whichever is more."""
        over = max(self.spent / (60 * self.args.minutes), self.step / self.steps)
        return self.args.rate * max(1 - over, _FLOOR) * min(1.0, (self.step + 1) / _WARM_UP)

    def learn(self, batch: list[Encoded]) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate()
        loss = self.loss(batch)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.step, self.seen = self.step + 1, self.seen + len(batch)
        return loss.item()

    @torch.no_grad()
    def validate(self, examples: list[Encoded]) -> float:
        ordered = sorted(examples[:_VALIDATED], key=lambda e: len(e[0]))
        size = self.args.batch
        losses = [self.loss(ordered[i : i + size]).item() for i in range(0, len(ordered), size)]
        return sum(losses) / len(losses)

    def save(self) -> None:
        state = {"weights": self.learned.state(), "optimizer": self.optimizer.state_dict(), "step": self.step,
                 "seen": self.seen, "spent": self.spent}  # fmt: skip
        fresh = self.checkpoint.with_suffix(".new")
        torch.save(state, fresh)
        fresh.replace(self.checkpoint)
        if isinstance(self.learned, Adapters):
            self.export(state["weights"])

    def export(self, weights: Weights) -> None:
        config = self.model.config
        export_gguf(
            self.args.out / "adapter.gguf", weights, self.args.rank, config.num_attention_heads,
            config.num_key_value_heads, "capra embedded author",
        )  # fmt: skip

    def run(self, examples: list[Encoded], validation: list[Encoded]) -> None:
        log = (self.args.out / "log.jsonl").open("a")
        began, before, saved = time.monotonic(), self.spent, time.monotonic()
        first, mean = self.seen, 0.0
        for batch in endless(examples, self.args.batch, self.args.seed, self.step):
            if self.spent >= 60 * self.args.minutes or self.step >= self.steps:
                break
            loss = self.learn(batch)
            now = time.monotonic()
            self.spent = before + now - began
            mean = loss if not mean else 0.95 * mean + 0.05 * loss
            row: dict[str, Any] = {"step": self.step, "of": self.steps, "seen": self.seen, "spent": round(self.spent)}
            row |= {"loss": round(mean, 5), "per_second": round((self.seen - first) / (now - began), 2)}
            if now - saved > self.args.save_every:
                self.save()
                row["validation"] = round(self.validate(validation), 5)
                saved = time.monotonic()
            if self.step % 10 == 0 or self.step <= 3 or "validation" in row:
                log.write(json.dumps(row) + "\n")
                log.flush()
        self.save()
        if isinstance(self.learned, Whole):
            some = batches(examples, self.args.batch, self.step, self.args.seed)[:_WEIGHED]
            self.export(self.learned.as_adapter(self.args.rank, some, self.loss))
        final = {"step": self.step, "seen": self.seen, "spent": round(self.spent), "bf16": self.bf16}
        log.write(json.dumps(final | {"validation": round(self.validate(validation), 5)}) + "\n")
        log.close()


def base_model(path: Path | None) -> dict[str, str]:
    """Arguments of from_pretrained for the base: the very weights that llama.cpp runs, dequantised. SystemExit(2)."""
    found = path or find_model()
    if found is None or not found.is_file():
        raise SystemExit(f"no base model {found or ''}; run `capra models install` or give --base FILE.gguf")
    return {"pretrained_model_name_or_path": str(found.parent), "gguf_file": found.name}


def main() -> None:
    args = options()
    os.environ["HF_HUB_OFFLINE"] = "1"
    torch.set_num_threads(args.threads)
    from transformers import AutoTokenizer

    args.out.mkdir(parents=True, exist_ok=True)
    tokenizer = AutoTokenizer.from_pretrained(**base_model(args.base))
    examples, validation = (encode(args.corpus / name, tokenizer) for name in _PARTS)
    Training(args, examples).run(examples, validation)


if __name__ == "__main__":
    main()
