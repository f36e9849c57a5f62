"""What primitives work with: the robot behind its supervisor, perception, the memory of the scene, and a voice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..robots.pose import Pose
from ..robots.protocols import Frame, Robot, TwoArmRobot
from .errors import PrimitiveError
from .mover import Mover
from .perception.settings import Settings
from .perception.tracker import Tracker
from .values import Object


class Perception(Protocol):
    """Turns camera frames into objects. `label` names the source in every result: "camera" or "privileged"."""

    label: str

    def perceive(
        self, frames: Sequence[Frame], robot_mask: Callable[[np.ndarray], np.ndarray] | None = None
    ) -> list[Object]: ...


class PhraseFinder(Protocol):
    """Finds among the things in view what a phrase means that perception has no words for."""

    def find(
        self,
        phrase: str,
        objects: Sequence[Object],
        frames: Sequence[Frame],
        robot_mask: Callable[[np.ndarray], np.ndarray] | None = None,
        settings: Settings | None = None,
    ) -> list[Object]: ...


@dataclass(frozen=True, eq=False)
class Held:
    """What the jaws hold: the object as it was last seen, its pose in the tool frame, and the jaw width (m)."""

    object: Object
    in_tool: Pose
    width: float


def _box(held: Held | None) -> tuple[Pose, np.ndarray] | None:
    return None if held is None else (held.in_tool, held.object.size)


def _no_program(kind: str, request: str, context: str) -> str:
    return ""


def _no_answer(question: str) -> str:
    raise PrimitiveError("no_answer", f"nobody is there to answer {question!r}")


@dataclass
class Context:
    """One robot's working state, shared by all primitive calls of a session.

    write_program(kind, request, context) gives the program that the author writes for a part of a task, "" when there
    is nobody to write it. on_frames(label, frames) receives every look, so that the trace can keep keyframes without
    another rendering. grounding: who finds what a phrase means beyond perception's own words; None: nobody.
    robot, mover and held are those of the arm that acts now; arms (by name) and pair are set on a robot of two.
    """

    robot: Robot
    mover: Mover
    perception: Perception
    say: Callable[[str], None] = lambda text: None
    ask: Callable[[str], str] = _no_answer
    write_program: Callable[[str, str, str], str] = _no_program
    on_frames: Callable[[str, Sequence[Frame]], None] = lambda label, frames: None
    grounding: PhraseFinder | None = None
    held: Held | None = None
    tracker: Tracker = field(default_factory=Tracker)
    arms: dict[str, Mover] = field(default_factory=dict)
    pair: TwoArmRobot | None = None
    _resting: dict[str, Held | None] = field(default_factory=dict)
    _objects: list[Object] | None = None
    _frames: Sequence[Frame] = ()

    @property
    def arm(self) -> str:
        """Name of the arm that acts now; "" on a robot of one arm."""
        return next((name for name, mover in self.arms.items() if mover is self.mover), "")

    def use(self, arm: str) -> None:
        """Let another arm of the robot act from now on. KeyError when there is none of this name."""
        mover = self.arms[arm]
        self._resting[self.arm] = self.held
        self.mover, self.robot, self.held = mover, mover.robot, self._resting.get(arm)
        mover.refresh_obstacles(self._objects)

    def held_by(self, arm: str) -> Held | None:
        """What this arm's jaws hold."""
        return self.held if arm == self.arm else self._resting.get(arm)

    def set_budget(self, seconds: float) -> None:
        """How much of the robot's time motion of any arm may take from now on."""
        for mover in self.arms.values() or (self.mover,):
            mover.set_budget(seconds)

    def _robot_mask(self) -> Callable[[np.ndarray], np.ndarray]:
        if not self.arms:
            return self.mover.robot_mask(_box(self.held))
        masks = [mover.robot_mask(_box(self.held_by(name))) for name, mover in self.arms.items()]
        return lambda points: np.any([mask(points) for mask in masks], axis=0)

    def picture(self, label: str) -> list[Frame]:
        """Take an image with every camera, and perceive nothing."""
        frames = [camera.capture() for camera in self.robot.cameras.values()]
        self.on_frames(label, frames)
        return frames

    def look(self, label: str = "look") -> list[Object]:
        """Take images with every camera and perceive anew. What is held is not part of the result."""
        frames = self._frames = self.picture(label)
        seen = self.perception.perceive(frames, self._robot_mask()) if frames else []  # a cell may have no cameras
        self._objects = self.tracker.update(seen)
        self.mover.set_obstacles(self._objects)
        return list(self._objects)

    @property
    def frames(self) -> Sequence[Frame]:
        """The images of the last look, one per camera."""
        return self._frames

    def ground(self, phrase: str) -> list[Object]:
        """What a phrase means among the things in view, by `grounding`; [] when that is off or finds none."""
        if self.grounding is None:
            return []
        settings = getattr(self.perception, "settings", None)
        return self.grounding.find(phrase, self.objects(), self._frames, self._robot_mask(), settings)

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
