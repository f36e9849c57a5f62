"""A person's approval of one program, for one cell, in one scene: a file, void when any of the three changes."""

from __future__ import annotations

import difflib
import json
import math
import os
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from ..policies.gate import NotApproved
from ..policies.trace import digest
from ..primitives.values import FLAT_KINDS, ROUND_KINDS, Object
from ..robots.pose import wrap_angle

STATE_VARIABLE = "CAPRA_STATE_DIR"
# How far things may be from where they were seen when the program was approved, and still be the same scene.
MOVED, TURNED = 0.02, 0.35  # m, rad
_TURN_PERIOD = math.pi / 2  # a block looks the same after a quarter turn


@dataclass(frozen=True)
class SeenThing:
    """A perceived object, as far as an approval depends on it: m and rad; yaw None where it says nothing."""

    name: str
    position: tuple[float, float, float]
    yaw: float | None

    @classmethod
    def of(cls, seen: Object) -> SeenThing:
        x, y, z = (round(float(v), 4) for v in seen.position)
        turned = None if seen.kind in ROUND_KINDS | FLAT_KINDS else round(seen.yaw, 3)
        return cls(seen.name, (x, y, z), turned)


@dataclass(frozen=True)
class Record:
    """One approval, or the wish for one. status: "pending" or "approved"."""

    token: str
    status: str
    program: str
    cell: str
    scene: tuple[SeenThing, ...]
    time: str
    by: str = ""
    rehearsal: str = ""

    @classmethod
    def load(cls, path: Path) -> Record:
        """ValueError when the file is none."""
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            things = tuple(SeenThing(t["name"], tuple(t["position"]), t["yaw"]) for t in data.pop("scene"))
            return cls(scene=things, **data)
        except (OSError, KeyError, TypeError) as error:
            raise ValueError(f"{path} is no approval: {error}") from None


def state_directory() -> Path:
    """Where approvals are kept: $CAPRA_STATE_DIR, else $XDG_STATE_HOME/capra, else ~/.local/state/capra."""
    given = os.environ.get(STATE_VARIABLE, "").strip()
    if given:
        return Path(given).expanduser()
    state = os.environ.get("XDG_STATE_HOME", "").strip()
    return (Path(state) if state else Path.home() / ".local" / "state") / "capra"


def differences(before: Sequence[SeenThing], now: Sequence[SeenThing]) -> list[str]:
    """What is different between two scenes beyond MOVED and TURNED, one clause each; empty for the same scene."""
    left, out = list(now), []
    for thing in before:
        same = [other for other in left if other.name == thing.name]
        nearest = min(same, key=lambda other: math.dist(other.position, thing.position), default=None)
        if nearest is None:
            out.append(f"the {thing.name} is gone")
            continue
        left.remove(nearest)
        moved = math.dist(nearest.position, thing.position)
        if moved > MOVED:
            out.append(f"the {thing.name} moved {1000 * moved:.0f} mm")
        elif thing.yaw is not None and nearest.yaw is not None:
            turned = abs(wrap_angle(nearest.yaw - thing.yaw, _TURN_PERIOD))
            if turned > TURNED:
                out.append(f"the {thing.name} turned by {math.degrees(turned):.0f} degrees")
    return out + [f"a {thing.name} is new" for thing in left]


class Approvals:
    """The approvals of one user. cell: what identifies the cell, such as the text of its file."""

    def __init__(self, cell: str, directory: Path | None = None) -> None:
        self._cell = digest(cell)
        self._directory = (directory or state_directory()) / "approvals"

    def wish(self, program: str, scene: Sequence[SeenThing], rehearsal: str = "") -> Record:
        """Note that this program waits to be approved for this scene."""
        told = json.dumps([asdict(thing) for thing in scene], sort_keys=True)
        token = digest(digest(program) + self._cell + told)[:12]
        return self._keep(Record(token, "pending", digest(program), self._cell, tuple(scene), _now(), "", rehearsal))

    def find(self, program: str, scene: Sequence[SeenThing]) -> Record | None:
        """An approval of this very program for this cell and a scene that is the same within tolerance."""
        for path in sorted(self._directory.glob("*.json")):
            try:
                record = Record.load(path)
            except ValueError:
                continue
            fits = record.status == "approved" and (record.program, record.cell) == (digest(program), self._cell)
            if fits and not differences(record.scene, scene):
                return record
        return None

    def redeem(self, token: str, program: str, scene: Sequence[SeenThing]) -> Record:
        """Turn the wish of this token into an approval. NotApproved, with the reason, when it is not for this."""
        if not re.fullmatch(r"[0-9a-f]{12}", token):
            raise NotApproved(f"--approve {token!r} is no approval hash: it has 12 hexadecimal digits")
        path = self._directory / f"{token}.json"
        if not path.is_file():
            known = [p.stem for p in self._directory.glob("*.json")]
            close = difflib.get_close_matches(token, known, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise NotApproved(f"--approve {token}: nothing of this hash waits for approval{hint}")
        record = Record.load(path)
        if record.program != digest(program):
            raise NotApproved(f"--approve {token} is for another program than this one")
        if record.cell != self._cell:
            raise NotApproved(f"--approve {token} is for another cell, or this cell's file was changed since")
        changed = differences(record.scene, scene)
        if changed:
            raise NotApproved(f"--approve {token} is void: the scene has changed since ({'; '.join(changed)})")
        return self.approve(record, "--approve")

    def approve(self, record: Record, by: str) -> Record:
        """A person has approved it. by: how."""
        return self._keep(Record(**{**record.__dict__, "status": "approved", "by": by, "time": _now()}))

    def _keep(self, record: Record) -> Record:
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = self._directory / f"{record.token}.json"
        before = Record.load(path) if path.is_file() else None
        if before is not None and before.status == "approved" and record.status == "pending":
            return before
        partial = path.with_suffix(".partial")
        partial.write_text(json.dumps(asdict(record), indent=1) + "\n", encoding="utf-8")
        partial.replace(path)
        return record


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="seconds")
