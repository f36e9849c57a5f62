"""What `--scene` means."""

from __future__ import annotations

from pathlib import Path

from ...sim.scene import Placement


def placements_of(words: str, seed: int) -> list[Placement]:
    """What --scene asks for: exact poses from a YAML file, or things in words, placed by the seed."""
    import numpy as np

    from ...sim.scene import load_yaml, parse_words, sample

    if words.endswith((".yaml", ".yml")):
        return list(load_yaml(Path(words)))
    return list(sample(parse_words(words), np.random.default_rng(seed)))
