"""Triangle meshes from OBJ and STL files: read, turned upright, thinned out for rendering, and wrapped in a hull."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_CLUSTER = 0.0025  # m within which vertices of a fine mesh become one
_FINE = 2500  # triangles from which a mesh is thinned out
_FOOT = 0.010  # m
_DIRECTIONS = 60  # in which a hull has a point
_STL = np.dtype([("normal", "<3f4"), ("corners", "<9f4"), ("more", "<u2")])


@dataclass(frozen=True, eq=False)
class Mesh:
    """vertices (V, 3) m, triangles (T, 3) of indices."""

    vertices: NDArray[np.float64]
    triangles: NDArray[np.intp]

    @property
    def box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Centre and full size (3,) of the upright box around it."""
        low, high = self.vertices.min(0), self.vertices.max(0)
        return (low + high) / 2, high - low


@lru_cache(maxsize=32)
def load_mesh(path: Path) -> Mesh:
    """A mesh as its file has it. ValueError for a file that is neither OBJ nor binary STL."""
    if path.suffix == ".obj":
        return _obj(path)
    if path.suffix == ".stl":
        return _stl(path)
    raise ValueError(f"mesh {path.name}: only .obj and .stl can be read")


def _obj(path: Path) -> Mesh:
    vertices: list[list[float]] = []
    triangles: list[list[int]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        words = line.split()
        if words[:1] == ["v"]:
            vertices.append([float(w) for w in words[1:4]])
        elif words[:1] == ["f"]:
            corners = [int(w.split("/")[0]) - 1 for w in words[1:]]
            triangles += [[corners[0], b, c] for b, c in itertools.pairwise(corners[1:])]
    return Mesh(np.array(vertices), np.array(triangles, dtype=np.intp))


def _stl(path: Path) -> Mesh:
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    if len(data) != 84 + 50 * count:
        raise ValueError(f"mesh {path.name}: not a binary STL file")
    corners = np.frombuffer(data, dtype=_STL, offset=84)["corners"].reshape(-1, 3)
    vertices, index = np.unique(corners, axis=0, return_inverse=True)
    return Mesh(vertices.astype(np.float64), index.reshape(-1, 3).astype(np.intp))


def upright(mesh: Mesh, scale: float, y_up: bool) -> Mesh:
    """The mesh in metres, with z up and the middle of its box at the origin."""
    vertices = mesh.vertices @ rotation(y_up).T * scale
    return Mesh(vertices - (vertices.min(0) + vertices.max(0)) / 2, mesh.triangles)


def rotation(y_up: bool) -> NDArray[np.float64]:
    """Rotation (3, 3) into a frame with z up."""
    return np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]) if y_up else np.eye(3)


def thinned(mesh: Mesh) -> Mesh:
    """A coarser mesh where there are very many triangles: vertices near each other become one, in their middle."""
    if len(mesh.triangles) <= _FINE:
        return mesh
    cells = np.floor(mesh.vertices / _CLUSTER).astype(np.intp)
    _, owner = np.unique(cells, axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    total = np.zeros((int(owner.max()) + 1, 3))
    np.add.at(total, owner, mesh.vertices)
    vertices = total / np.bincount(owner)[:, None]
    t = owner[mesh.triangles]
    t = t[(t[:, 0] != t[:, 1]) & (t[:, 1] != t[:, 2]) & (t[:, 2] != t[:, 0])]
    _, first = np.unique(np.sort(t, axis=1), axis=0, return_index=True)
    return Mesh(vertices, t[np.sort(first)])


def normals(mesh: Mesh) -> NDArray[np.float64]:
    """A normal (V, 3) per vertex: the mean of its triangles', weighted by their area."""
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    face = np.cross(b - a, c - a)
    out = np.zeros_like(mesh.vertices)
    for k in range(3):
        np.add.at(out, mesh.triangles[:, k], face)
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-12)


def hull_points(mesh: Mesh) -> NDArray[np.float64]:
    """Points (N, 3) of the convex hull: the outermost vertex in each of many directions spread evenly.

    What is near its lowest point is pressed flat, so that the thing stands as its mesh does.
    """
    k = np.arange(_DIRECTIONS) + 0.5
    z, turn = 1 - 2 * k / _DIRECTIONS, k * math.pi * (3 - math.sqrt(5))
    flat = np.sqrt(1 - z * z)
    ways = np.column_stack([flat * np.cos(turn), flat * np.sin(turn), z])
    ways = np.concatenate([ways, np.eye(3), -np.eye(3)])
    points = mesh.vertices[np.unique((mesh.vertices @ ways.T).argmax(0))]
    low = points[:, 2].min()
    points[points[:, 2] < low + _FOOT, 2] = low
    return points
