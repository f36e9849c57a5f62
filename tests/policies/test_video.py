"""Films: playable codecs, even sizes, every frame kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import av
import numpy as np
import pytest

from capra.policies.video import Picture, caption, write_gif, write_video


def frames(count: int, height: int = 121, width: int = 161) -> Iterator[Picture]:
    for i in range(count):
        picture = np.full((height, width, 3), 200, np.uint8)
        picture[:, : 1 + i * width // count] = (220, 40, 40)
        yield picture


def test_mp4_is_what_browsers_play(tmp_path: Path) -> None:
    path = write_video(frames(30), tmp_path / "run.mp4", fps=15)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        pictures = [f.to_ndarray(format="rgb24") for f in container.decode(stream)]
        assert (stream.codec_context.name, stream.pix_fmt) == ("h264", "yuv420p")
        assert (stream.width, stream.height, stream.average_rate) == (162, 122, 15)
    assert len(pictures) == 30
    middle = pictures[15][60]
    assert middle[40, 0] > 190
    assert middle[40, 2] < 80, "left half is red"
    assert abs(middle[130].astype(int) - 200).max() < 12, "right half is still gray"
    head = path.read_bytes()
    assert head.index(b"moov") < head.index(b"mdat"), "the index comes first, so that it plays while loading"


def test_gif_keeps_frames_and_scales(tmp_path: Path) -> None:
    path = write_gif(frames(12), tmp_path / "run.gif", fps=10, width=80)
    assert path.read_bytes()[:6] == b"GIF89a"
    assert b"NETSCAPE2.0" in path.read_bytes(), "loops"
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height) == (80, 60)
        assert sum(1 for _ in container.decode(stream)) == 12


@pytest.mark.parametrize(("write", "suffix"), [(write_video, "mp4"), (write_gif, "gif")])
def test_bad_frames_are_named(write: Callable[..., Path], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"run.{suffix}"
    with pytest.raises(ValueError, match="at least one"):
        write([], path)
    with pytest.raises(ValueError, match=r"not \(4, 4\) uint8"):
        write([np.zeros((4, 4), np.uint8)], path)
    two_sizes = [np.zeros((40, 40, 3), np.uint8), np.zeros((40, 44, 3), np.uint8)]
    with pytest.raises(ValueError, match="one size"):
        write(two_sizes, path)


def test_caption_marks_the_lower_band_only() -> None:
    picture = next(frames(1, 240, 320))
    out = caption(picture, "attempt 2 · pick('red block')", "good")
    assert out is not picture
    assert (out[:200] == picture[:200]).all()
    band = out[-12:]
    assert band.min() < 80
    assert band.max() > 180, "light letters on a dark band"


def test_long_caption_stays_inside() -> None:
    picture = next(frames(1, 240, 320))
    out = caption(picture, "x" * 500)
    assert (out[:, -4:][230:] < 100).all(), "no letter touches the right edge"
