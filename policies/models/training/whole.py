# pyright: reportMissingImports=false
# torch and its like belong to the `train` extra, which the type checker's environment lacks.
"""Training the projections of a Llama-like model themselves, and what they learned as an adapter of low rank.

A step costs half as much again as one of an adapter, and every direction is free to learn. What ships is the part of
the change that matters most to the model's own inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import nn

from .lora import SCALE, Weights, frozen_projections
from .tokens import Encoded

_FLOOR = 1e-2  # of the median second moment: directions in which inputs hardly vary must not be divided by


class Whole:
    """The projections of a model, unfrozen; all else is frozen."""

    def __init__(self, model: nn.Module) -> None:
        self.layers: dict[str, nn.Linear] = {
            key: getattr(parent, leaf) for key, parent, leaf in frozen_projections(model)
        }
        self.base = {key: layer.weight.detach().clone() for key, layer in self.layers.items()}
        for layer in self.layers.values():
            layer.weight.requires_grad_(True)

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [layer.weight for layer in self.layers.values()]

    @torch.no_grad()
    def take_up(self, state: Weights) -> None:
        """The weights of `state`, or those of the base and an adapter's ("<layer>.<projection>.a" and ".b")."""
        for key, layer in self.layers.items():
            if key in state:
                layer.weight.copy_(state[key])
            else:
                added = SCALE * (state[f"{key}.b"] @ state[f"{key}.a"])
                layer.weight.copy_(self.base[key] + added.to(layer.weight.device))

    def state(self) -> Weights:
        """A copy of the weights, by "<layer>.<projection>"."""
        return {key: layer.weight.detach().cpu().clone() for key, layer in self.layers.items()}

    @torch.no_grad()
    def as_adapter(
        self, rank: int, batches: Iterable[list[Encoded]], forward: Callable[[list[Encoded]], object]
    ) -> Weights:
        """The adapter that is nearest to what the weights have learned.

        batches: examples whose inputs x tell what matters; forward: runs the model on one. Of all matrices B A of the
        rank those are taken that minimise E ||(W - W_base - SCALE B A) x||^2: with E x x^T = L L^T the truncated
        singular value decomposition of (W - W_base) L, times L^-1 (Eckart and Young; for language models Wang et al.,
        "SVD-LLM", ICLR 2025). The columns of B are of one length, so that its rows lose little in 8 bits.
        """
        moments = self._moments(batches, forward)
        out = Weights()
        for key, layer in self.layers.items():
            moment = moments.pop(key)
            values, vectors = torch.linalg.eigh(moment)
            # A few inputs are a thousand times larger than the others, so that the smallest values are mere rounding.
            lengths = values.clamp(min=_FLOOR * moment.diagonal().median().item()).sqrt()
            learned = (layer.weight - self.base[key]).float()
            u, s, vh = torch.linalg.svd(learned @ (vectors * lengths).float(), full_matrices=False)
            a = vh[:rank] @ (vectors / lengths).T.float()
            out[f"{key}.a"] = (s[:rank, None] * a / SCALE**0.5).cpu()
            out[f"{key}.b"] = (u[:, :rank] / SCALE**0.5).cpu()
        return out

    def _moments(self, batches: Iterable[list[Encoded]], forward: Callable[[list[Encoded]], object]) -> Weights:
        """The sum of x x^T over the inputs of each projection, without those at filled up positions."""
        moments = Weights()
        told = torch.empty(0)

        def note(key: str) -> Callable[..., None]:
            def see(_: nn.Module, inputs: tuple[torch.Tensor, ...], __: torch.Tensor) -> None:
                x = inputs[0].float()[told]
                found = (x.T @ x).double()
                moments[key] = moments[key] + found if key in moments else found

            return see

        hooks = [layer.register_forward_hook(note(key)) for key, layer in self.layers.items()]
        for batch in batches:
            lengths = torch.tensor([len(tokens) for tokens, _ in batch])
            told = torch.arange(int(lengths.max())) < lengths[:, None]
            forward(batch)
        for hook in hooks:
            hook.remove()
        return moments
