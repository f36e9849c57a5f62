"""Colour names in CIELAB: which of eleven names a pixel has, whatever the light on it, and which pixels are table."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

# sRGB prototypes (0-255) of the ten names of Code as Policies' tabletop, and of white.
PROTOTYPES: dict[str, tuple[int, int, int]] = {
    "blue": (41, 92, 204),
    "red": (217, 36, 36),
    "green": (46, 158, 56),
    "orange": (250, 128, 20),
    "yellow": (247, 214, 41),
    "purple": (122, 56, 173),
    "pink": (250, 148, 194),
    "cyan": (41, 199, 209),
    "brown": (117, 71, 38),
    "gray": (133, 133, 138),
    "white": (255, 255, 255),
}
NAMES = tuple(PROTOTYPES)

# A face turned from the light is the same paint times a factor; classifying against the whole chain of shades keeps
# a dark orange side from becoming brown.
_SHADES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1)
# White in shadow is as bright as a gray could be that is lit better than full light: how bright tells them apart.
_OWN_SHADES = {"gray": _SHADES[:-1], "white": _SHADES[2:]}
_LIGHTNESS_WEIGHT = 0.5  # lightness is the least reliable of L, a and b
_TABLE_SHADES = (0.55, 1.2)  # brightness of the table in shadow and in full light, relative to its median
_TABLE_TOLERANCE = 0.045  # deviation from the table's own colour direction, relative to its length
_BITS = 6
TABLE_BIT = 0x80


def lab(rgb: NDArray[np.generic]) -> NDArray[np.float32]:
    """CIELAB (..., 3) of sRGB values (..., 3) in 0-255."""
    flat = np.asarray(rgb, dtype=np.float32).reshape(1, -1, 3) / np.float32(255)
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2Lab), dtype=np.float32).reshape(np.shape(rgb))


@lru_cache(maxsize=1)
def _chains() -> tuple[NDArray[np.float32], NDArray[np.intp]]:
    """Lab of every prototype in every shade (K, 3), and the index of its name (K,)."""
    pairs = [(i, shade) for i, name in enumerate(NAMES) for shade in _OWN_SHADES.get(name, _SHADES)]
    shades = np.array([np.multiply(PROTOTYPES[NAMES[i]], shade) for i, shade in pairs], dtype=np.float32)
    return lab(np.clip(shades, 0, 255)), np.array([i for i, _ in pairs], dtype=np.intp)


def nearest(rgb: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Index into `NAMES` of the nearest name for each of (N, 3) sRGB values."""
    chain, owner = _chains()
    weight = np.array([_LIGHTNESS_WEIGHT, 1, 1], dtype=np.float32)
    a, b = lab(rgb) * weight, chain * weight
    # |a - b|^2 without its |a|^2, which is the same for every candidate
    cost = (b * b).sum(1)[None, :] - 2 * a @ b.T
    return owner[cost.argmin(1)].astype(np.uint8)


@lru_cache(maxsize=1)
def _cells() -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.uint8]]:
    """Centres (N, 3) of the cells into which sRGB is cut for the lookup tables, their squared lengths, their names."""
    step = 1 << (8 - _BITS)
    axis = np.arange(0, 256, step, dtype=np.float32) + np.float32((step - 1) / 2)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    return cells, (cells * cells).sum(1), nearest(cells)


@lru_cache(maxsize=8)
def lookup(table: tuple[int, int, int]) -> NDArray[np.uint8]:
    """What each cell (see `cell_index`) is: the index of the nearest name, plus TABLE_BIT when it is the table
    surface, lit or in shadow, given the table's sRGB colour."""
    t = np.array(table, dtype=np.float32)
    cells, squared, names = _cells()
    length2 = max(float(t @ t), 1.0)
    shade = cells @ (t / np.float32(length2))
    off2 = squared / np.float32(length2) - shade * shade
    is_table = (shade > _TABLE_SHADES[0]) & (shade < _TABLE_SHADES[1]) & (off2 < (_TABLE_TOLERANCE * shade) ** 2)
    return names | (is_table.view(np.uint8) * np.uint8(TABLE_BIT))


def table_color(sample: NDArray[np.uint8]) -> tuple[int, int, int]:
    """Median of sRGB values (N, 3), rounded so that small changes of exposure give the same: its brightness in steps
    of 16, its channels relative to the brightest in steps of 1/40. White when there are too few to tell."""
    if len(sample) < 50:
        return (255, 255, 255)
    median = np.median(sample, axis=0)
    brightest = max(float(median.max()), 1.0)
    level = 16 * max(1, round(brightest / 16))
    r, g, b = (round(level * round(40 * float(c) / brightest) / 40) for c in median)
    return r, g, b


def cell_index(rgb: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Index into the lookup table for each pixel of an image (H, W, 3)."""
    r, g, b = (np.asarray(cv2.LUT(c, p), dtype=np.int32) for c, p in zip(cv2.split(rgb), _PLACES, strict=True))
    return r | g | b


_PLACES = tuple((np.arange(256, dtype=np.int32) >> (8 - _BITS)) << shift for shift in (2 * _BITS, _BITS, 0))
