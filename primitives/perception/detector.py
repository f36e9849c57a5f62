# pyright: reportMissingImports=false
# torch and transformers belong to the `grounding` extra, which the type checker's environment lacks.
"""An open-vocabulary detector in place of a model that reads marks: a phrase and a picture in, boxes out.

OWL-ViT and OWLv2 (https://arxiv.org/abs/2205.06230, https://arxiv.org/abs/2306.09683), run by `transformers`, which the
extra `grounding` brings. The weights must be on this machine already.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from .grounding import Chosen
from .marks import Box, Marked

MODEL_VARIABLE = "CAPRA_DETECTOR"
MODEL = "google/owlv2-base-patch16-ensemble"
THRESHOLD = 0.1
"""Of a detection's score; the default of the `transformers` pipeline for these models."""
_NEAR_BEST = 0.6  # of the best score: detections below are of something else
_OVERLAP = 0.3  # of intersection over union: a detection and a thing in view are the same


class DetectorError(Exception):
    """The detector cannot be had; the message is one line that says what to do (exit code 2)."""


@dataclass(frozen=True)
class Detection:
    """A box in pixels (left, top, right, bottom) and its score, 0 to 1."""

    box: Box
    score: float


Detect = Callable[[NDArray[np.uint8], str], list[Detection]]
"""(rgb (H, W, 3) uint8, phrase) -> detections."""


class DetectorChooser:
    """Chooses the things in view that a detector's boxes fall on."""

    name = "detector"

    def __init__(self, detect: Detect) -> None:
        self._detect = detect

    def choose(self, phrase: str, picture: Marked) -> Chosen:
        found = [d for d in self._detect(picture.rgb, phrase) if d.score >= THRESHOLD]
        best = max((d.score for d in found), default=0.0)
        numbers: set[int] = set()
        words = []
        for detection in sorted(found, key=lambda d: -d.score):
            overlaps = [overlap(detection.box, box) for box in picture.boxes]
            number = int(np.argmax(overlaps)) + 1
            fits = overlaps[number - 1] >= _OVERLAP and detection.score >= _NEAR_BEST * best
            if fits:
                numbers.add(number)
            words.append(f"{detection.score:.2f} {f'mark {number}' if fits else 'no mark'}")
        return Chosen(sorted(numbers), "; ".join(words[:10]) or "nothing detected")


def overlap(one: Box, other: Box) -> float:
    """Intersection over union of two boxes."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    shared = max(width, 0.0) * max(height, 0.0)
    areas = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)]
    return shared / max(sum(areas) - shared, 1e-9)


@lru_cache(maxsize=1)
def load_detector(model: str = "") -> Detect:
    """The detector `model`, else that of the environment variable CAPRA_DETECTOR, else MODEL: a folder or the name of
    a model in the local Hugging Face cache. Nothing is downloaded. DetectorError says what is missing."""
    model = model or os.environ.get(MODEL_VARIABLE, "").strip() or MODEL
    try:
        import torch
        from PIL import Image
        from transformers import AutoModelForZeroShotObjectDetection, AutoProcessor
    except ImportError as error:
        raise DetectorError(
            f"--grounding detector: {error.name} is missing; get the extra with pip install 'capra[grounding]'"
        ) from None
    try:
        processor = AutoProcessor.from_pretrained(model, local_files_only=True)
        network = AutoModelForZeroShotObjectDetection.from_pretrained(model, local_files_only=True).eval()
    except (OSError, ValueError) as error:
        raise DetectorError(
            f"the detector {model!r} is not on this machine: `hf download {model}` once, or set {MODEL_VARIABLE} to a "
            f"folder that holds one ({' '.join(str(error).split())[:120]})"
        ) from None

    def detect(rgb: NDArray[np.uint8], phrase: str) -> list[Detection]:
        image = Image.fromarray(rgb)
        inputs = processor(text=[[phrase]], images=image, return_tensors="pt", truncation=True)
        with torch.no_grad():
            outputs = network(**inputs)
        # OWLv2 pads the image to a square, which its own post-processing undoes.
        (found,) = processor.post_process_grounded_object_detection(
            outputs, threshold=THRESHOLD, target_sizes=[(image.height, image.width)]
        )
        return [
            Detection((float(a), float(b), float(c), float(d)), float(score))
            for (a, b, c, d), score in zip(found["boxes"].tolist(), found["scores"].tolist(), strict=True)
        ]

    return detect
