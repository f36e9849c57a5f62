"""The film of a run: rendered afterwards from the recorded states, so that nothing is rendered while the arm moves."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from ..policies.trace import read_trace
from ..policies.video import caption, write_gif, write_video
from ..sim.bodies import BodySpec
from ..sim.recorder import read_recording, render_recording
from ..sim.robot import SimRobot
from ..sim.scene import Placement
from ..tasks.stage import set_up

FPS = 24  # twice as fast as life: states are recorded 12 times per simulated second


def has_film(run_dir: Path) -> bool:
    """Whether a run recorded what a film needs."""
    return (run_dir / "motion.jsonl").is_file() and (run_dir / "run.json").is_file()


def write_film(run_dir: Path, path: Path | None = None) -> Path:
    """Render run_dir's recording to `path` (MP4, or GIF by its ending; default run_dir/video.mp4).

    ValueError when the run has no recording.
    """
    if not has_film(run_dir):
        raise ValueError(f"{run_dir} has no recorded motion; runs in simulation record it")
    path = path or run_dir / "video.mp4"
    robot = _stage(run_dir)
    try:
        frames = _captioned(run_dir, robot)
        if path.suffix == ".gif":
            return write_gif(frames, path, fps=FPS // 2, width=480)
        return write_video(frames, path, fps=FPS)
    finally:
        robot.close()


def write_picture(run_dir: Path, path: Path, width: int = 480) -> Path:
    """Render how run_dir's recording ends to `path` (JPEG or PNG by its ending), `width` pixels wide.

    ValueError when the run has no recording.
    """
    moments = read_recording(run_dir / "motion.jsonl") if has_film(run_dir) else []
    if not moments:
        raise ValueError(f"{run_dir} has no recorded motion; runs in simulation record it")
    robot = _stage(run_dir)
    try:
        ((_, picture),) = render_recording(robot, moments[-1:])
    finally:
        robot.close()
    size = (width, round(width * picture.shape[0] / picture.shape[1]))
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(path), small)
    return path


def _stage(run_dir: Path) -> SimRobot:
    stored = json.loads((run_dir / "run.json").read_text())
    return set_up([_placement(entry) for entry in stored["placements"]], 0, robot=stored["robot"])


def _captioned(run_dir: Path, robot: Any) -> Iterator[np.ndarray]:
    labels = _labels(run_dir)
    for moment, picture in render_recording(robot, read_recording(run_dir / "motion.jsonl")):
        text, tone = "", "plain"
        for start, label, mood in labels:
            if start <= moment.time + 1e-6:
                text, tone = label, mood
        yield caption(picture, text, tone) if text else picture


def _labels(run_dir: Path) -> list[tuple[float, str, str]]:
    """(simulated time from which it is shown, text, tone) in order."""
    out: list[tuple[float, str, str]] = []
    for event in read_trace(run_dir / "trace.jsonl"):
        number, time = event["attempt"], float(event["sim"] or 0.0)
        if event["type"] == "call":
            shown = ", ".join(_short(a) for a in event["args"])
            out.append((time, f"attempt {number}  {event['name']}({shown})", "plain"))
        elif event["type"] == "return" and event.get("error"):
            out.append((time, f"attempt {number}  {event['name']}: {event['error']['code']}", "bad"))
        elif event["type"] == "verdict" and event["achieved"]:
            out.append((time, f"attempt {number}  achieved", "good"))
    return out


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name", value.get("type", "...")))
    if isinstance(value, list):
        return "(" + ", ".join(_short(v) for v in value[:3]) + ")"
    return f"{value:.2f}" if isinstance(value, float) else str(value)


def _placement(entry: dict[str, Any]) -> Placement:
    spec = entry["spec"]
    size = tuple(spec["size"]) if spec["size"] else None
    body = BodySpec(spec["kind"], spec["color"], size, spec.get("variant", ""))
    return Placement(body, entry["x"], entry["y"], entry["yaw"], entry["z"])
