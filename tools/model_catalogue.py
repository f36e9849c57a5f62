"""Write the catalogue of known models that perception recognises things by: a height map of each, seen from above.

    python tools/model_catalogue.py

Needs the extra `ycb`. The maps are made from the meshes that `capra.sim.kinds.models` names, as the camera would see
them from straight above; run it again when these change.
"""

from __future__ import annotations

import logging

import numpy as np

from capra.primitives.perception.models import CATALOGUE, CELL, MARGIN
from capra.robots.pose import Pose
from capra.sim.bodies import BodySpec
from capra.sim.camera import CameraSpec, render
from capra.sim.kinds.models import MODELS
from capra.sim.world import World

_EYE = 2.0  # m above the table: high enough that sides are hardly seen


def height_map(name: str) -> np.ndarray:
    """Heights (rows along x, columns along y) m over the ground in cells of CELL m around the middle of its box."""
    spec = BodySpec(name, "red")
    camera = CameraSpec("above", (0.0, 0.0, _EYE), (0.0, 0.0, 0.0), (1, 0, 0), 480, 480, fov=4.5)
    with World(0) as world:
        body = world.add(spec, Pose([0.0, 0.0, spec.extents[2] / 2]))
        _, depth, ids = render(world, camera, shadow=False)
        mine = ids == world.body_id(body)
    k = camera.intrinsics
    v, u = np.nonzero(mine)
    d = depth[v, u].astype(np.float64)
    points = camera.pose.transform(np.column_stack([(u - k.cx) / k.fx * d, (v - k.cy) / k.fy * d, d]))
    sides = [2 * int(np.ceil((s / 2 + MARGIN) / CELL)) + 1 for s in spec.extents[:2]]
    cells = [np.clip(np.rint(points[:, i] / CELL).astype(int) + sides[i] // 2, 0, sides[i] - 1) for i in (0, 1)]
    out = np.zeros(sides)
    np.maximum.at(out, tuple(cells), points[:, 2])
    return out


def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    maps = {name: np.rint(height_map(name) * 2000).astype(np.uint8) for name in MODELS}
    np.savez_compressed(CATALOGUE, **maps)  # type: ignore[arg-type]
    for name, image in maps.items():
        logging.info("%s: %s cells, up to %.1f mm", name, image.shape, image.max() / 2)
    logging.info("%s: %d bytes", CATALOGUE.name, CATALOGUE.stat().st_size)


if __name__ == "__main__":
    main()
