"""What primitives work with: the robot behind its supervisor, perception, the memory of the scene, and a voice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..robots.pose import Pose
from ..robots.protocols import Frame, Robot
from .errors import PrimitiveError
from .mover import Mover
from .perception.tracker import Tracker
from .values import Object


class Perception(Protocol):
    """Turns camera frames into objects. `label` names the source in every result: "camera" or "privileged"."""

    label: str

    def perceive(
        self, frames: Sequence[Frame], robot_mask: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> list[Object]: ...


@dataclass(frozen=True, eq=False)
class Held:
    """What the jaws hold: the object as it was last seen, its pose in the tool frame, and the jaw width (m)."""

    object: Object
    in_tool: Pose
    width: float


def _no_answer(question: str) -> str:
    raise PrimitiveError("no_answer", f"nobody is there to answer {question!r}")


@dataclass
class Context:
    """One robot's working state, shared by all primitive calls of a session.

    on_frames(label, frames) receives every look, so that the trace can keep keyframes without another rendering.
    """

    robot: Robot
    mover: Mover
    perception: Perception
    say: Callable[[str], None] = lambda text: None
    ask: Callable[[str], str] = _no_answer
    on_frames: Callable[[str, Sequence[Frame]], None] = lambda label, frames: None
    held: Held | None = None
    tracker: Tracker = field(default_factory=Tracker)
    _objects: list[Object] | None = None

    def look(self, label: str = "look") -> list[Object]:
        """Take images with every camera and perceive anew. What is held is not part of the result."""
        frames = [camera.capture() for camera in self.robot.cameras.values()]
        self.on_frames(label, frames)
        seen = self.perception.perceive(frames, self.mover.robot_mask(self._held_box()))
        self._objects = self.tracker.update(seen)
        self.mover.set_obstacles(self._objects)
        return list(self._objects)

    def objects(self) -> list[Object]:
        """The scene as last seen; looks first when nothing is known or something may have moved since."""
        return list(self._objects) if self._objects is not None else self.look()

    def forget_scene(self) -> None:
        """Something may have moved in a way that was not seen: the next question needs a new look."""
        self._objects = None

    def take(self, target: Object, in_tool: Pose, width: float) -> None:
        """Note that the jaws hold `target` now."""
        self.held = Held(target, in_tool, width)
        if self._objects is not None:
            self._objects = [o for o in self._objects if o != target]
            self.mover.set_obstacles(self._objects)
        self.mover.attach(target.size, in_tool)

    def let_go(self) -> Held | None:
        """Note that the jaws hold nothing now; returns what they held."""
        held, self.held = self.held, None
        self.mover.detach()
        return held

    def _held_box(self) -> tuple[Pose, np.ndarray] | None:
        return None if self.held is None else (self.held.in_tool, self.held.object.size)

    def facts(self) -> dict[str, Any]:
        """A short summary of the state for the trace's before and after."""
        state = self.robot.state()
        return {
            "tool": [round(float(v), 4) for v in state.tool.position],
            "width": round(state.width, 4),
            "holding": self.held.object.name if self.held else None,
            "objects": None
            if self._objects is None
            else {f"{o.name} #{o.id}": [round(float(v), 4) for v in (*o.position, o.yaw)] for o in self._objects},
        }
