"""Code as action: a Gymnasium environment whose action is the text of a policy program. Ids end in `-code-v0`."""

from __future__ import annotations

import string
import tempfile
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from ..policies.author.fences import fence
from ..policies.author.replay import Recorded, ScriptedAuthor
from ..policies.runner.runner import Budget, Runner
from ..policies.session import Session
from ..primitives.registry import Tier
from ..sim.arms import cameras_of
from ..sim.camera import NO_NOISE, CameraNoise
from ..tasks.stage import judge_in, set_up
from ..tasks.suite import load_task
from ..tasks.table_environment import TableEnv, metadata_of
from .conversation import Conversation
from .trial import PERCEPTIONS, make_perception

PROGRAM_LENGTH = 20_000  # characters
_TEXT_LENGTH = 8_000
_CHARACTERS = string.printable


class CodeEnv(TableEnv[dict[str, Any], str]):
    """One task; each step runs one program from the state that the world is in.

    Action: a program of the tier's primitives (text, at most PROGRAM_LENGTH printable characters). It is checked and
    runs confined, exactly as in `capra run`. Observation: `instruction` and `feedback` (text: what the author of the
    next program would read of this one's trace; empty at first), and what the cameras of the robot see, `overhead` and
    `oblique` (two arms: `side`), (H, W, 3) uint8. Reward: the judge's score from 0 to 1 after the program, computed in
    this process, which the program cannot reach. Terminates when the task is achieved; truncated after the attempts
    that the registration allows (3). `info` holds `is_success`, `score`, `outcome` and, after a failure, `error`;
    and both texts once more, because Gymnasium's
    asynchronous vectors do not refresh text that they share through memory (`vector_kwargs={"shared_memory": False}`
    turns that off).

    perception: "camera" or "privileged". noise: whether the cameras are noisy. out: where run directories go; by
    default they are thrown away.
    """

    metadata: dict[str, Any] = metadata_of(1)

    def __init__(
        self,
        task: str,
        tier: Tier = "high",
        perception: str = "camera",
        noise: bool = True,
        out: Path | str | None = None,
        render_mode: str | None = None,
    ) -> None:
        if perception not in PERCEPTIONS:
            raise ValueError(f"perception must be one of {', '.join(PERCEPTIONS)}, got {perception!r}")
        super().__init__(render_mode)
        self.task = load_task(task)
        self.tier: Tier = tier
        self.perception = perception
        self._noise = CameraNoise() if noise else NO_NOISE
        self.action_space = spaces.Text(PROGRAM_LENGTH, min_length=0, charset=_CHARACTERS)
        text = spaces.Text(_TEXT_LENGTH, min_length=0, charset=_CHARACTERS)
        images = {
            spec.name: spaces.Box(0, 255, (spec.height, spec.width, 3), np.uint8)
            for spec in cameras_of(self.task.robot)
        }
        self._shown = tuple(images)
        self.observation_space = spaces.Dict({"instruction": text, "feedback": text, **images})
        self._out = None if out is None else Path(out)
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        self._runner: Runner | None = None
        self._session: Session | None = None
        self._episode = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """A new scene. options: {"scene_seed": N} takes the scene of `capra run --seed N`."""
        scene_seed = self._new_episode(seed, options)
        instance = self.task.instance(scene_seed)
        self._robot = set_up(
            instance.placements, scene_seed, robot=self.task.robot, noise=self._noise, faults=self.task.faults
        )
        if self._runner is None:
            self._runner = Runner()
        robot = self._robot
        self._author = _Given()
        talk = Conversation(answer=instance.answer, clock=lambda: robot.state().time)
        self._session = Session(
            self._robot,
            self._author,
            self._run_dir(scene_seed),
            tier=self.tier,
            perception=make_perception(self.perception, self._robot.world),
            runner=self._runner,
            budget=Budget(),
            seed=scene_seed,
            say=talk.say,
            ask=talk.ask,
        )
        judge = judge_in(self._robot.world, self.task, instance, heard=talk.heard, faults=self._robot.faults)
        self._session.begin(instance.instruction, judge)
        self._instruction = instance.instruction
        observation = self._observe()
        return observation, {"is_success": False, "score": 0.0, **_texts(observation)}

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Run a program. InfrastructureError when the simulated robot fails."""
        if self._session is None:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        self._author.give(str(action))
        terminated = self._session.step()
        result = self._session.result
        attempt, score = result.attempts[-1], float(result.score or 0.0)
        observation = self._observe()
        info: dict[str, Any] = {"is_success": terminated, "score": score, "outcome": attempt.outcome}
        if attempt.error is not None:
            info["error"] = attempt.error
        return observation, score, terminated, False, {**info, **_texts(observation)}

    def close(self) -> None:
        super().close()
        if self._runner is not None:
            self._runner.close()
            self._runner = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def _end_episode(self) -> None:
        if self._session is not None:
            self._session.close()
            self._session = None
        super()._end_episode()

    def _run_dir(self, scene_seed: int) -> Path:
        if self._out is None and self._temporary is None:
            self._temporary = tempfile.TemporaryDirectory(prefix="capra-")
        parent = self._out or Path(self._temporary.name if self._temporary else ".")
        self._episode += 1
        path = parent / f"episode-{self._episode:05d}-s{scene_seed}"
        path.mkdir(parents=True)
        return path

    def _observe(self) -> dict[str, Any]:
        assert self._robot is not None
        assert self._session is not None
        images = {name: camera.capture().rgb for name, camera in self._robot.cameras.items()}
        shown = {name: images[name] for name in self._shown}
        return {"instruction": self._instruction, "feedback": _plain(self._session.feedback), **shown}


class _Given(ScriptedAuthor):
    """An author that says what it was given last, however often it is asked."""

    def __init__(self) -> None:
        super().__init__([], name="action", repeat=True)

    def give(self, program: str) -> None:
        self._recorded, self._given = [Recorded(fence(program))], 0


def _texts(observation: dict[str, Any]) -> dict[str, str]:
    return {key: observation[key] for key in ("instruction", "feedback")}


def _plain(text: str) -> str:
    """The text within the observation's alphabet and length; what does not fit is a question mark."""
    return "".join(c if c in _CHARACTERS else "?" for c in text)[:_TEXT_LENGTH]
