# pyright: reportMissingImports=false
# torch and its like belong to the `train` extra, which the type checker's environment lacks.
"""Low-rank adapters over a frozen Llama-like model, and their export to llama.cpp's GGUF."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

# The model's name of each adapted projection -> llama.cpp's. All linear layers of a block.
PROJECTIONS = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
_CALLED = re.compile(r"blk\.(?P<layer>\d+)\.(?P<projection>\w+)\.weight\.lora_(?P<half>[ab])")
_BLOCK = 32  # weights that share a scale in llama.cpp's 8 bits
SCALE = 2.0  # of B A, whatever the rank

Weights = dict[str, torch.Tensor]


class LoraLinear(nn.Module):
    """y = W x + SCALE B A x with W frozen."""

    def __init__(self, base: nn.Linear, rank: int) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.empty(rank, base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, rank))
        nn.init.kaiming_uniform_(self.a, a=math.sqrt(5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = nn.functional.linear(x, self.a.to(x.dtype))
        return self.base(x) + nn.functional.linear(low, (self.b * SCALE).to(x.dtype))


def frozen_projections(model: nn.Module) -> Iterator[tuple[str, nn.Module, str]]:
    """Freeze the model; "<layer>.<projection>" of each of its projections, the module that holds it, and as what."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    for number, layer in enumerate(model.model.layers):  # type: ignore[union-attr, arg-type]
        for path in PROJECTIONS:
            parent, leaf = path.split(".")
            yield f"{number}.{path}", getattr(layer, parent), leaf


class Adapters:
    """An adapter on every projection of a model, by "layer.projection"; all else is frozen."""

    def __init__(self, model: nn.Module, rank: int) -> None:
        self.layers: dict[str, LoraLinear] = {}
        for key, parent, leaf in frozen_projections(model):
            self.layers[key] = LoraLinear(getattr(parent, leaf), rank)
            setattr(parent, leaf, self.layers[key])

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [half for layer in self.layers.values() for half in (layer.a, layer.b)]

    def state(self) -> Weights:
        """A copy of the weights: "<layer>.<projection>.a" and ".b"."""
        return {
            f"{key}.{name}": half.detach().cpu().clone()
            for key, layer in self.layers.items()
            for name, half in (("a", layer.a), ("b", layer.b))
        }

    @torch.no_grad()
    def take_up(self, state: Weights) -> None:
        """Weights of this rank or a lower one, to the same effect: as at the start of a training, the further rows of A
        are random and the further columns of B nothing."""
        for key, layer in self.layers.items():
            layer.a.copy_(filled(state[f"{key}.a"], layer.a))
            layer.b.copy_(filled(state[f"{key}.b"], torch.zeros_like(layer.b)))


def filled(small: torch.Tensor, large: torch.Tensor) -> torch.Tensor:
    """`large` (detached) with `small` in its first rows and columns."""
    out = large.detach().clone()
    out[: small.shape[0], : small.shape[1]] = small
    return out


def export_gguf(path: Path, weights: Weights, rank: int, heads: int, kv_heads: int, name: str) -> None:
    """Write adapter weights ("<layer>.<projection>.a" and ".b") as a GGUF adapter, rows of whole blocks in 8 bits.

    llama.cpp's converter reorders the rows of q and k for its rotary embedding (halves interleaved), so the same is
    done to the rows of their B.
    """
    import gguf

    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type("adapter")
    writer.add_name(name)
    writer.add_license("apache-2.0")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", SCALE * rank)
    for key in sorted(weights):
        layer, rest = key.split(".", 1)
        projection, half = rest.rsplit(".", 1)
        tensor = weights[key].float().numpy()
        turned = {"self_attn.q_proj": heads, "self_attn.k_proj": kv_heads}.get(projection)
        if half == "b" and turned:
            tensor = _regrouped(tensor, turned, 2)
        called = f"blk.{layer}.{PROJECTIONS[projection]}.weight.lora_{half}"
        if tensor.shape[1] % _BLOCK:
            writer.add_tensor(called, tensor.astype(np.float16))
        else:
            eight = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(called, gguf.quants.quantize(tensor, eight), raw_dtype=eight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def read_gguf(path: Path, heads: int, kv_heads: int) -> Weights:
    """What `export_gguf` wrote, as float32: keys, shapes and order of rows as they were given to it.

    OSError or ValueError when the file is no such adapter.
    """
    import gguf

    called = {theirs: ours for ours, theirs in PROJECTIONS.items()}
    out: Weights = {}
    for tensor in gguf.GGUFReader(str(path)).tensors:
        found = _CALLED.fullmatch(tensor.name)
        if found is None or found["projection"] not in called:
            raise ValueError(f"{path}: not an adapter of a Llama-like model: it has {tensor.name}")
        rows = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        turned = {"attn_q": heads, "attn_k": kv_heads}.get(found["projection"])
        if found["half"] == "b" and turned:
            rows = _regrouped(rows, turned, len(rows) // turned // 2)
        out[f"{found['layer']}.{called[found['projection']]}.{found['half']}"] = torch.from_numpy(rows.copy())
    return out


def _regrouped(rows: np.ndarray, heads: int, parts: int) -> np.ndarray:
    """The rows of each head dealt out anew: the first of each of its parts, then the second of each. Of two parts, the
    halves interleaved; of half as many parts as a head has rows, that undone."""
    return rows.reshape(heads, parts, -1, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape).copy()
