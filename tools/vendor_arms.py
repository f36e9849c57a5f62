"""Make `robots/models/ur5`, `xarm6` and `so101` out of descriptions that others publish under open licences.

    pip install pybullet example-robot-data fast-simplification scipy numpy
    python tools/vendor_arms.py FOLDER        # FOLDER: example-robot-data/robots

UR5 (CB3) and SO-101 come from the package example-robot-data (BSD and Apache-2.0), xArm6 from pybullet_data (BSD).
Joints, limits and masses stay as published. Meshes are decimated to be drawn, and replaced by their convex hulls to be
collided with, which is what PyBullet would make of them. The UR5 and the xArm6 get a parallel jaw of our own, boxes
with the measures of UFACTORY's gripper (84 mm, 172 mm from flange to fingertip), because neither description has
one whose fingers PyBullet can drive. The SO-101's own jaw, one finger that turns, is cut into slabs along its length,
so that the hulls leave the space between its fingers free.
"""

from __future__ import annotations

import copy
import itertools
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import fast_simplification  # pyright: ignore[reportMissingImports]
import numpy as np
import pybullet_data
from decimate_panda import read_obj, write_obj
from scipy.spatial import ConvexHull  # pyright: ignore[reportMissingImports]

MODELS = Path(__file__).parents[1] / "robots" / "models"
TRIANGLES = 1200  # of a visual mesh
HULL_DIRECTIONS = 400  # in which a collision hull reaches as far as its link
SLAB = 0.012  # m, of the SO-101's fingers

_JAW = """
<robot>
  <material name="jaw"><color rgba="0.2 0.2 0.22 1"/></material>
  <link name="jaw_base">
    <inertial><origin xyz="0 0 0.05"/><mass value="0.6"/>
      <inertia ixx="0.0012" ixy="0" ixz="0" iyy="0.0008" iyz="0" izz="0.0009"/></inertial>
    <visual><origin xyz="0 0 0.054"/><geometry><box size="0.066 0.12 0.108"/></geometry>
      <material name="jaw"/></visual>
    <collision><origin xyz="0 0 0.054"/><geometry><box size="0.066 0.12 0.108"/></geometry></collision>
  </link>
  <link name="jaw_left"/>
  <link name="jaw_right"/>
  <link name="tool">
    <inertial><mass value="0.001"/><inertia ixx="1e-7" ixy="0" ixz="0" iyy="1e-7" iyz="0" izz="1e-7"/></inertial>
  </link>
  <joint name="jaw_mount" type="fixed"><origin xyz="0 0 0" rpy="0 0 TURN"/>
    <parent link="FLANGE"/><child link="jaw_base"/></joint>
  <joint name="tool_mount" type="fixed"><origin xyz="0 0 0.165"/><parent link="jaw_base"/><child link="tool"/></joint>
</robot>
"""
_FINGER = """
<robot>
  <link name="jaw_SIDE">
    <inertial><origin xyz="0 HALF 0.032"/><mass value="0.05"/>
      <inertia ixx="2e-5" ixy="0" ixz="0" iyy="2e-5" iyz="0" izz="4e-6"/></inertial>
    <visual><origin xyz="0 HALF 0.032"/><geometry><box size="0.022 0.012 0.064"/></geometry>
      <material name="jaw"/></visual>
    <collision><origin xyz="0 HALF 0.032"/><geometry><box size="0.022 0.012 0.064"/></geometry></collision>
  </link>
  <joint name="jaw_SIDE_joint" type="prismatic">
    <origin xyz="0 0 0.108"/><parent link="jaw_base"/><child link="jaw_SIDE"/><axis xyz="0 SIGN 0"/>
    <limit lower="0" upper="0.042" effort="60" velocity="0.2"/>
  </joint>
</robot>
"""


def read_stl(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3), welded, and triangles (M, 3) of a binary STL file."""
    data = path.read_bytes()
    count = int.from_bytes(data[80:84], "little")
    record = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])
    corners = np.frombuffer(data, record, count, 84)["corners"].reshape(-1, 3)
    welded, index = np.unique(np.round(corners.astype(np.float64), 5), axis=0, return_inverse=True)
    triangles = index.reshape(-1, 3)
    return welded, triangles[(np.diff(np.sort(triangles, axis=1), axis=1) > 0).all(axis=1)]


def read_mesh(path: Path) -> tuple[np.ndarray, np.ndarray]:
    return read_obj(path) if path.suffix == ".obj" else read_stl(path)


def simplify(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """About TRIANGLES of them. The parts of printed arms are many shells with fine threads: those are welded first."""
    for grid in (0.0, 0.001, 0.002, 0.003, 0.004):
        if len(faces) <= TRIANGLES:
            break
        points, corners = vertices, faces
        if grid:
            points, index = np.unique(np.round(vertices / grid), axis=0, return_inverse=True)
            points, corners = points * grid, index.reshape(-1)[faces]
            corners = corners[(np.diff(np.sort(corners, axis=1), axis=1) > 0).all(axis=1)]
            corners = corners[np.unique(np.sort(corners, axis=1), axis=0, return_index=True)[1]]
        few, triangles = fast_simplification.simplify(
            points.astype(np.float32), corners.astype(np.int32), target_count=min(TRIANGLES, len(corners) - 1)
        )
        if len(triangles) <= 1.5 * TRIANGLES:
            vertices, faces = few, triangles
            break
    return vertices, faces


def sphere(count: int) -> np.ndarray:
    """(N, 3) directions spread evenly (a Fibonacci lattice), and the six along the axes."""
    k = np.arange(count) + 0.5
    z, angle = 1 - 2 * k / count, np.pi * (1 + 5**0.5) * k
    r = np.sqrt(1 - z**2)
    return np.concatenate([np.column_stack([r * np.cos(angle), r * np.sin(angle), z]), np.eye(3), -np.eye(3)])


def write_hull(path: Path, points: np.ndarray) -> None:
    """The convex hull of the points that are outermost in some directions: a millimetre within the exact hull at
    most. Those of printed parts have thousands of vertices."""
    exact = points[ConvexHull(points).vertices]
    few = exact[np.unique((exact @ sphere(HULL_DIRECTIONS).T).argmax(axis=0))]
    inside = ConvexHull(few)
    cut = float((exact @ inside.equations[:, :3].T + inside.equations[:, 3]).max())
    if cut > 1e-3:
        few = exact
    outer = ConvexHull(few)
    order = {old: new for new, old in enumerate(outer.vertices)}
    faces = [[order[v] for v in face] for face in outer.simplices]
    lines = [f"v {x:.5f} {y:.5f} {z:.5f}" for x, y, z in few[outer.vertices]]
    path.write_text("\n".join([*lines, *(f"f {a + 1} {b + 1} {c + 1}" for a, b, c in faces)]) + "\n")


def slabs(vertices: np.ndarray, faces: np.ndarray, axis: int) -> list[np.ndarray]:
    """Points of the mesh in slabs of SLAB m along an axis; densely sampled, so that no slab misses a long triangle."""
    weights = np.array([(a, b, 20 - a - b) for a in range(21) for b in range(21 - a)]) / 20
    points = np.concatenate([vertices, (weights @ vertices[faces]).reshape(-1, 3)])
    low, high = points[:, axis].min(), points[:, axis].max()
    edges = np.linspace(low, high, max(2, round((high - low) / SLAB)) + 1)
    along = points[:, axis]
    parts = [points[(along >= a - 1e-4) & (along <= b + 1e-4)] for a, b in itertools.pairwise(edges)]
    return [part for part in parts if len(part) > 4]


class Arm:
    """One description on its way into our folder."""

    def __init__(self, name: str, urdf: Path, roots: dict[str, Path], cut: dict[str, int]) -> None:
        self.name, self.roots, self.cut = name, roots, cut
        self.target = MODELS / name
        self.tree = ElementTree.parse(urdf)
        self.root = self.tree.getroot()
        self.root.set("name", name)
        for kind in ("visual", "collision"):
            (self.target / "meshes" / kind).mkdir(parents=True, exist_ok=True)

    def source(self, filename: str) -> Path:
        package, _, rest = filename.removeprefix("package://").partition("/")
        return self.roots[package] / rest

    def strip(self, tags: tuple[str, ...], links: tuple[str, ...] = ()) -> None:
        """Drop elements that PyBullet has no use for, and fixed links by name with the joints that carry them."""
        for element in list(self.root):
            ends = [element.find("parent"), element.find("child")]
            named = [element.get("name")] if element.tag == "link" else [e.get("link") for e in ends if e is not None]
            if element.tag in tags or set(named) & set(links):
                self.root.remove(element)

    def square(self) -> None:
        """Make right angles exact: rounded to 1.5708, five joints reach no pose within a microradian any more."""
        for origin in self.root.iter("origin"):
            angles = np.array([float(v) for v in (origin.get("rpy") or "0 0 0").split()])
            right = np.round(angles / (np.pi / 2)) * np.pi / 2
            exact = np.where(np.abs(angles - right) < 1e-4, right, angles)
            origin.set("rpy", " ".join(f"{v:.12g}" for v in exact))

    def convert(self) -> None:
        for link in self.root.findall("link"):
            for element in link.findall("visual"):
                self._visual(element)
            for element in link.findall("collision"):
                self._collision(link, element)

    def _visual(self, element: ElementTree.Element) -> None:
        mesh = element.find("geometry/mesh")
        if mesh is None:
            return
        path = self.source(mesh.get("filename", ""))
        if path.suffix == ".dae":  # the collision mesh of the same name is a fair picture of it
            path = path.parent.parent / "collision" / f"{path.stem}.stl"
        out = self.target / "meshes" / "visual" / f"{path.stem.lower()}.obj"
        if not out.exists():
            write_obj(out, *simplify(*read_mesh(path)))
        mesh.set("filename", out.relative_to(self.target).as_posix())

    def _collision(self, link: ElementTree.Element, element: ElementTree.Element) -> None:
        mesh = element.find("geometry/mesh")
        if mesh is None:
            return
        path = self.source(mesh.get("filename", ""))
        vertices, faces = read_mesh(path)
        parts = slabs(vertices, faces, self.cut[path.stem]) if path.stem in self.cut else [vertices]
        place = list(link).index(element)
        link.remove(element)
        for number, part in enumerate(parts):
            suffix = f"_{number}" if len(parts) > 1 else ""
            out = self.target / "meshes" / "collision" / f"{path.stem.lower()}{suffix}.obj"
            write_hull(out, part)
            piece = copy.deepcopy(element)
            shape = piece.find("geometry/mesh")
            assert shape is not None
            shape.set("filename", out.relative_to(self.target).as_posix())
            link.insert(place + number, piece)

    def add_jaw(self, flange: str, turn: float) -> None:
        """turn: of the jaw on the flange (rad): a hand pointing down and ahead is at the wrist's middle."""
        for element in ElementTree.fromstring(_JAW.replace("FLANGE", flange).replace("TURN", f"{turn:.6f}")):
            if element.get("name") not in ("jaw_left", "jaw_right"):
                self.root.append(element)
        for side, sign in (("left", 1), ("right", -1)):
            text = _FINGER.replace("SIDE", side).replace("SIGN", str(sign)).replace("HALF", str(0.006 * sign))
            self.root.extend(ElementTree.fromstring(text))

    def write(self) -> None:
        ElementTree.indent(self.tree)
        text = ElementTree.tostring(self.root, encoding="unicode")
        (self.target / f"{self.name}.urdf").write_text(text + "\n")


def main(robots: Path) -> None:
    example = {"example-robot-data": robots.parent}
    ur5 = Arm("ur5", robots / "ur_description" / "urdf" / "ur5_joint_limited_robot.urdf", example, {})
    ur5.strip(("gazebo", "transmission"), ("world", "ee_link", "base"))
    ur5.convert()
    for link in ur5.root.findall("link"):
        for visual in link.findall("visual"):
            visual.append(ElementTree.fromstring('<material name="ur"><color rgba="0.7 0.72 0.75 1"/></material>'))
    ur5.add_jaw("tool0", -np.pi / 2)
    ur5.write()

    data = Path(pybullet_data.getDataPath()) / "xarm"
    xarm6 = Arm("xarm6", data / "xarm6_robot_white.urdf", {"xarm_description": data / "xarm_description"}, {})
    xarm6.strip(("gazebo", "transmission"), ("world",))
    xarm6.convert()
    xarm6.add_jaw("link6", 0.0)
    xarm6.write()

    so101 = Arm(
        "so101",
        robots / "so_arm_description" / "urdf" / "so101.urdf",
        example,
        {"wrist_roll_follower_so101_v1": 2, "moving_jaw_so101_v1": 1},
    )
    so101.strip(("gazebo", "transmission"))
    so101.square()
    so101.convert()
    so101.root.append(ElementTree.fromstring(_JAW).findall("link")[-1])
    # Our tool frames close along y, where this jaw closes along x. The tool point is 7 mm above the lower fingertip and
    # midway between the fingers when they are 26 mm apart.
    so101.root.append(
        ElementTree.fromstring(
            '<joint name="tool_mount" type="fixed"><origin xyz="-0.0142 0 0.0004" rpy="0 0 1.5707963268"/>'
            '<parent link="gripper_frame_link"/><child link="tool"/></joint>'
        )
    )
    so101.write()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
