"""Films of a run: MP4 (H.264) for people with a browser, GIF for pages that take only pictures, captions on frames."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import av.filter
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]


def write_video(frames: Iterable[Picture], path: Path, fps: int = 20) -> Path:
    """Write `frames`, each (H, W, 3) uint8 RGB of one size, as H.264 yuv420p, which every browser plays.

    An odd width or height is padded by repeating its last column or row. Frames are taken one by one, so a generator
    of any length fits in memory. ValueError without a frame or with a frame of another shape.
    """
    first, rest = _first(frames)
    height, width = (side + side % 2 for side in first.shape[:2])
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "23", "preset": "veryfast"})
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        # Two threads: encoding happens beside a robot's control loop.
        stream.codec_context.thread_count = 2
        for picture in rest:
            frame = av.VideoFrame.from_ndarray(_even(_checked(picture, first.shape)), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def write_gif(frames: Iterable[Picture], path: Path, fps: int = 10, width: int | None = None) -> Path:
    """Write `frames`, each (H, W, 3) uint8 RGB of one size, as a looping GIF with one palette made for them.

    `width` scales the picture. All frames are held in memory, since the palette needs every one. ValueError as in
    `write_video`.
    """
    first, rest = _first(frames)
    shape = first.shape
    wide = width or shape[1]
    high = round(shape[0] * wide / shape[1])
    graph = av.filter.Graph()
    source = graph.add_buffer(
        width=shape[1], height=shape[0], format=av.VideoFormat("rgb24"), time_base=Fraction(1, fps)
    )
    scale = graph.add("scale", f"{wide}:{high}:flags=lanczos")
    split = graph.add("split")
    palette = graph.add("palettegen", "stats_mode=diff")
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=4:diff_mode=rectangle")
    sink = graph.add("buffersink")
    source.link_to(scale)
    scale.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(palette, 1, 0)
    palette.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    with av.open(str(path), "w", options={"loop": "0"}) as container:
        stream = container.add_stream("gif", rate=fps)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = wide, high, "pal8"
        for index, picture in enumerate(rest):
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(_checked(picture, shape)), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, fps)
            source.push(frame)
        source.push(None)
        while True:
            try:
                out = sink.pull()
            except (EOFError, BlockingIOError):
                break
            assert isinstance(out, av.VideoFrame)
            container.mux(stream.encode(out))
        container.mux(stream.encode(None))
    return path


def caption(frame: Picture, text: str, tone: str = "plain") -> Picture:
    """A copy of `frame` (H, W, 3) with `text` on a dark band along its lower edge; tone "plain", "good" or "bad".

    Characters that OpenCV's strokes lack are written as "?"; text wider than the picture is cut with "...".
    """
    out = np.array(frame, dtype=np.uint8)
    height, width = out.shape[:2]
    scale = max(0.35, height / 900)
    thickness = max(1, round(scale * 1.6))
    text = text.replace("→", "->").encode("ascii", "replace").decode().replace("\n", " ")
    pad = round(height * 0.022)
    fits = width - 2 * pad
    if _width(text, scale, thickness) > fits:
        while text and _width(text + "...", scale, thickness) > fits:
            text = text[:-1]
        text += "..."
    (_, tall), below = cv2.getTextSize("Ag", cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)
    top = height - tall - below - 2 * pad
    out[top:] = (out[top:] * 0.28).astype(np.uint8)
    colour = {"plain": (240, 238, 232), "good": (120, 226, 168), "bad": (255, 140, 126)}[tone]
    at = (pad, height - pad - below)
    cv2.putText(out, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, colour, thickness, cv2.LINE_AA)
    return out


def _width(text: str, scale: float, thickness: int) -> int:
    return cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thickness)[0][0]


def _first(frames: Iterable[Picture]) -> tuple[Picture, Iterable[Picture]]:
    source = iter(frames)
    first = next(source, None)
    if first is None:
        raise ValueError("no frames: a film needs at least one")
    return _checked(first, first.shape), chain((first,), source)


def _checked(frame: Picture, shape: tuple[int, ...]) -> Picture:
    if frame.ndim != 3 or frame.shape[2] != 3 or frame.dtype != np.uint8:
        raise ValueError(f"a frame is (H, W, 3) uint8, not {frame.shape} {frame.dtype}")
    if frame.shape != shape:
        raise ValueError(f"all frames have one size: {frame.shape} after {shape}")
    return frame


def _even(frame: Picture) -> Picture:
    height, width = frame.shape[:2]
    if height % 2 or width % 2:
        frame = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return np.ascontiguousarray(frame)
