"""The detector's library with a tiny network of random weights: boxes come back. Needs the extra `grounding`."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from capra.primitives.perception.detector import load_detector

for needed in ("torch", "transformers", "PIL", "scipy"):
    pytest.importorskip(needed, reason="pip install 'capra[grounding]'")


@pytest.mark.slow
def test_a_network_is_loaded_from_a_folder_and_gives_boxes_in_pixels(tmp_path: Path) -> None:
    import transformers as t  # pyright: ignore[reportMissingImports]

    signs = [chr(code) for code in range(33, 127)]
    words = [*signs, *(sign + "</w>" for sign in signs), "<|startoftext|>", "<|endoftext|>"]
    vocabulary = {word: number for number, word in enumerate(words)}
    (tmp_path / "vocab.json").write_text(json.dumps(vocabulary))
    (tmp_path / "merges.txt").write_text("#version: 0.2\n")
    try:
        tokenizer = t.CLIPTokenizer(vocab=vocabulary, merges=[], model_max_length=16)
    except TypeError:  # transformers before 5
        tokenizer = t.CLIPTokenizer(str(tmp_path / "vocab.json"), str(tmp_path / "merges.txt"), model_max_length=16)
    small = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
    text = {**small, "vocab_size": len(words), "max_position_embeddings": 16, "eos_token_id": len(words) - 1}
    text |= {"bos_token_id": len(words) - 2, "pad_token_id": 0}
    vision = {**small, "image_size": 96, "patch_size": 16}
    network = t.Owlv2ForObjectDetection(t.Owlv2Config(text_config=text, vision_config=vision, projection_dim=32))
    network.save_pretrained(tmp_path)
    processor = t.Owlv2ImageProcessor(size={"height": 96, "width": 96})
    t.Owlv2Processor(image_processor=processor, tokenizer=tokenizer).save_pretrained(tmp_path)
    load_detector.cache_clear()
    detect = load_detector(str(tmp_path))
    rgb = np.random.default_rng(0).integers(0, 255, (256, 416, 3), dtype=np.uint8)
    found = detect(rgb, "something to drink from, in more words than the network can read, which are then cut off")
    assert found  # random weights: whatever they are, 36 patches give boxes
    # The network sees the image padded to a square of 416 pixels; a box's middle lies in it.
    middles = [((d.box[0] + d.box[2]) / 2, (d.box[1] + d.box[3]) / 2) for d in found]
    assert all(-0.01 <= v <= 416.01 for middle in middles for v in middle)
    assert max(v for middle in middles for v in middle) > 1  # pixels, not shares
    assert all(0.1 <= d.score <= 1 for d in found)
