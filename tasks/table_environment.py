"""What all our Gymnasium environments share: a robot at a table, a scene for each episode, and a picture of it."""

from __future__ import annotations

from typing import Any, TypeVar

import gymnasium

from ..sim.camera import STAGE, render
from ..sim.robot import SimRobot

Observation = TypeVar("Observation")
Action = TypeVar("Action")
RENDER_MODES: tuple[str, ...] = ("rgb_array",)


def metadata_of(fps: int) -> dict[str, Any]:
    """What Gymnasium wants to know of a class. fps: frames per second at which steps look as fast as they are."""
    return {"render_modes": list(RENDER_MODES), "render_fps": fps}


class TableEnv(gymnasium.Env[Observation, Action]):
    """Has at most one world at a time. ValueError when the render mode is none of RENDER_MODES."""

    def __init__(self, render_mode: str | None = None) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise ValueError(f"render_mode must be None or 'rgb_array', got {render_mode!r}")
        self.render_mode = render_mode
        self._robot: SimRobot | None = None

    def _new_episode(self, seed: int | None, options: dict[str, Any] | None) -> int:
        """End the last episode, seed this one's randomness, and return the seed of its scene.

        options: {"scene_seed": N} takes the scene of `capra run --seed N`.
        """
        super().reset(seed=seed)
        drawn = int(self.np_random.integers(2**31))
        self._end_episode()
        return int((options or {}).get("scene_seed", drawn))

    def _end_episode(self) -> None:
        if self._robot is not None:
            self._robot.close()
            self._robot = None

    def render(self) -> Any:
        if self.render_mode is None or self._robot is None:
            return None
        return render(self._robot.world, STAGE)[0]

    def close(self) -> None:
        self._end_episode()
