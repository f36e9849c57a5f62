"""Make `robots/models/panda` out of the Panda that the `pybullet_data` package carries (Apache-2.0).

    pip install pybullet fast-simplification numpy && python tools/decimate_panda.py

The visual meshes go from 101,000 triangles to some 8,000: PyBullet's CPU renderer spends 20 ms of every image on the
arm otherwise, and 0.5 s on loading it. Joints, masses and collision meshes stay as they are.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import fast_simplification  # pyright: ignore[reportMissingImports]
import numpy as np
import pybullet_data

SOURCE = Path(pybullet_data.getDataPath()) / "franka_panda"
TARGET = Path(__file__).parents[1] / "robots" / "models" / "panda"
KEPT = 0.08  # of the triangles
CREASE = np.cos(np.radians(40.0))  # edges sharper than this keep their own normals


def read_obj(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) in m, welded, and triangles (M, 3)."""
    vertices, faces = [], []
    for line in path.read_text().splitlines():
        word, *rest = line.split() or [""]
        if word == "v":
            vertices.append([float(x) for x in rest[:3]])
        elif word == "f":
            corners = [int(r.split("/")[0]) - 1 for r in rest]
            faces += [[corners[0], corners[k], corners[k + 1]] for k in range(1, len(corners) - 1)]
    welded, index = np.unique(np.round(vertices, 5), axis=0, return_inverse=True)
    triangles = index.reshape(-1)[np.array(faces)]
    proper = (np.diff(np.sort(triangles, axis=1), axis=1) > 0).all(axis=1)
    return welded, triangles[proper]


def write_obj(path: Path, vertices: np.ndarray, faces: np.ndarray) -> None:
    """Triangles with a normal per corner: the mean of the faces about it that bend less than the crease."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    areas = np.cross(b - a, c - a)
    units = areas / np.maximum(np.linalg.norm(areas, axis=1, keepdims=True), 1e-12)
    around: list[list[int]] = [[] for _ in vertices]
    for face, corners in enumerate(faces):
        for corner in corners:
            around[corner].append(face)
    lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in vertices]
    normals: dict[str, int] = {}
    rows = []
    for face, corners in enumerate(faces):
        row = "f"
        for corner in corners:
            near = [f for f in around[corner] if units[f] @ units[face] > CREASE] or [face]
            normal = areas[near].sum(axis=0)
            normal /= max(float(np.linalg.norm(normal)), 1e-12)
            text = f"vn {normal[0]:.2f} {normal[1]:.2f} {normal[2]:.2f}"
            row += f" {corner + 1}//{normals.setdefault(text, len(normals) + 1)}"
        rows.append(row)
    path.write_text("\n".join([*lines, *normals, *rows]) + "\n")


def main() -> None:
    shutil.rmtree(TARGET, ignore_errors=True)
    no_materials = shutil.ignore_patterns("*.mtl")
    shutil.copytree(SOURCE / "meshes" / "collision", TARGET / "meshes" / "collision", ignore=no_materials)
    (TARGET / "meshes" / "visual").mkdir()
    for name in ("panda.urdf", "LICENSE.txt"):
        shutil.copy(SOURCE / name, TARGET / name)
    for path in sorted((SOURCE / "meshes" / "visual").glob("*.obj")):
        vertices, faces = read_obj(path)
        few, triangles = fast_simplification.simplify(
            vertices.astype(np.float32), faces.astype(np.int32), target_count=max(200, int(KEPT * len(faces)))
        )
        write_obj(TARGET / "meshes" / "visual" / path.name, few, triangles)
    for path in (TARGET / "meshes" / "collision").iterdir():
        lines = path.read_text().splitlines()  # the material files that they name are not in the package
        path.write_text("\n".join(line for line in lines if not line.startswith(("mtllib", "usemtl", "#"))) + "\n")


if __name__ == "__main__":
    main()
