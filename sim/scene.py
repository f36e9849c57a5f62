"""Scenes: what stands where. From words placed by a seed, from a YAML file with exact poses, or from a task."""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from ..robots.pose import Pose
from .bodies import BodySpec
from .colors import PALETTE
from .kinds import known_kinds
from .world import World

# The part of the table that both cameras see whole and the arm reaches from above (x, y ranges in m).
WORKSPACE = ((0.32, 0.68), (-0.33, 0.33))
DEFAULT_GAP = 0.035  # m between footprints: room for the fingers
_MOST_OBJECTS = 24
_SYNONYMS = {"cube": "block", "grey": "gray", "square": "zone", "mat": "zone", "can": "cylinder"}


class SceneError(ValueError):
    """A scene description that cannot be built; the message is one line that says what is valid."""


@dataclass(frozen=True)
class Placement:
    """A body and where its centre is: position (x, y, z) m, yaw rad. z None: resting on the table."""

    spec: BodySpec
    x: float
    y: float
    yaw: float = 0.0
    z: float | None = None

    @property
    def pose(self) -> Pose:
        height = self.spec.extents[2] / 2 if self.z is None else self.z
        return Pose.from_yaw([self.x, self.y, height], self.yaw)


def build(world: World, placements: Iterable[Placement]) -> list[str]:
    """Put every placement into the world and let it come to rest. Returns the unique names."""
    names = [world.add(placement.spec, placement.pose) for placement in placements]
    world.settle()
    return names


def sample(
    specs: Sequence[BodySpec],
    rng: np.random.Generator,
    gap: float = DEFAULT_GAP,
    bounds: tuple[tuple[float, float], tuple[float, float]] = WORKSPACE,
    fixed: Sequence[Placement] = (),
) -> list[Placement]:
    """Place bodies at random without overlap, at least `gap` m apart and inside `bounds`, around what is `fixed`.

    Larger things are placed first; the result keeps the order of `specs`. SceneError when there is no room.
    """
    order = sorted(range(len(specs)), key=lambda i: -specs[i].footprint_radius)
    (x0, x1), (y0, y1) = bounds
    for _ in range(200):
        placed: dict[int, Placement] = {}
        for i in order:
            radius = specs[i].footprint_radius
            for _ in range(200):
                x, y = rng.uniform(x0 + radius, x1 - radius), rng.uniform(y0 + radius, y1 - radius)
                others = [*placed.values(), *fixed]
                if all(math.hypot(x - o.x, y - o.y) > radius + o.spec.footprint_radius + gap for o in others):
                    placed[i] = Placement(specs[i], float(x), float(y), float(rng.uniform(-math.pi, math.pi)))
                    break
            else:
                break
        else:
            return [placed[i] for i in range(len(specs))]
    raise SceneError(f"no room for {len(specs)} objects on the table with {1000 * gap:.0f} mm between them")


def parse_words(text: str) -> list[BodySpec]:
    """ "red block, blue block x2, 3 green bowls" -> body specifications. SceneError names the wrong word."""
    specs: list[BodySpec] = []
    for part in text.split(","):
        words = part.strip().lower().split()
        if not words:
            continue
        count = 1
        if re.fullmatch(r"x\d+", words[-1]):
            count = int(words.pop()[1:])
        elif words[0].isdigit():
            count = int(words.pop(0))
        if len(words) != 2:
            raise SceneError(f"scene: {part.strip()!r} is not '<colour> <kind>', such as 'red block' or 'red block x2'")
        color = _word(words[0], tuple(PALETTE), "colour")
        kind = _word(words[1], tuple(k.name for k in known_kinds().values() if k.everyday), "kind of object")
        if not 1 <= count <= _MOST_OBJECTS:
            raise SceneError(f"scene: {part.strip()!r}: the count must be from 1 to {_MOST_OBJECTS}")
        specs += [BodySpec(kind, color)] * count
    if not specs:
        raise SceneError("scene: nothing in it; write for example 'red block, blue bowl'")
    if len(specs) > _MOST_OBJECTS:
        raise SceneError(f"scene: {len(specs)} objects; at most {_MOST_OBJECTS} fit on the table")
    return specs


def _word(word: str, valid: tuple[str, ...], what: str) -> str:
    for candidate in (word, word.rstrip("s")):
        candidate = _SYNONYMS.get(candidate, candidate)
        if candidate in valid:
            return candidate
    close = difflib.get_close_matches(word, valid, 1)
    hint = f"; did you mean {close[0]!r}?" if close else ""
    raise SceneError(f"scene: unknown {what} {word!r}{hint} (valid: {', '.join(valid)})")


_KEYS = {"kind", "color", "position", "yaw", "size"}


def load_yaml(path: Path) -> list[Placement]:
    """Read a scene file: `objects:` is a list of {kind, color, position: [x, y] or [x, y, z], yaw (rad), size}.

    SceneError (one line, naming the value) when the file is missing, not YAML, or has an unknown key or value.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SceneError(f"scene file {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SceneError(f"scene file {path} is not YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(data, dict) or set(data) != {"objects"} or not isinstance(data["objects"], list):
        raise SceneError(f"scene file {path}: expected one key 'objects' with a list")
    if not data["objects"]:
        raise SceneError(f"scene file {path}: 'objects' is empty")
    return [_placement(entry, f"scene file {path}, object {i}") for i, entry in enumerate(data["objects"], 1)]


def _placement(entry: Any, where: str) -> Placement:
    if not isinstance(entry, dict):
        raise SceneError(f"{where}: expected a mapping with {', '.join(sorted(_KEYS))}, got {entry!r}")
    for key in entry:
        if key not in _KEYS:
            close = difflib.get_close_matches(str(key), sorted(_KEYS), 1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise SceneError(f"{where}: unknown key {key!r}{hint} (valid: {', '.join(sorted(_KEYS))})")
    for key in ("kind", "color", "position"):
        if key not in entry:
            raise SceneError(f"{where}: {key!r} is missing")
    position = _numbers(entry["position"], (2, 3), f"{where}: position")
    size = _numbers(entry["size"], (3,), f"{where}: size") if "size" in entry else None
    (yaw,) = _numbers([entry.get("yaw", 0.0)], (1,), f"{where}: yaw")
    (x0, x1), (y0, y1) = (0.2, 0.8), (-0.45, 0.45)
    if not (x0 <= position[0] <= x1 and y0 <= position[1] <= y1):
        raise SceneError(f"{where}: position {position[:2]} is off the table (x {x0} to {x1}, y {y0} to {y1} m)")
    try:
        spec = BodySpec(str(entry["kind"]), str(entry["color"]), (size[0], size[1], size[2]) if size else None)
    except ValueError as error:
        raise SceneError(f"{where}: {error}") from None
    return Placement(spec, position[0], position[1], yaw, position[2] if len(position) == 3 else None)


def _numbers(value: Any, lengths: tuple[int, ...], where: str) -> list[float]:
    numeric = isinstance(value, list) and all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in value)
    if not numeric or len(value) not in lengths or not all(math.isfinite(v) for v in value):
        raise SceneError(f"{where} must be {' or '.join(map(str, lengths))} finite numbers, got {value!r}")
    return [float(v) for v in value]
