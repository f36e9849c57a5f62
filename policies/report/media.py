"""Pictures and films of a run directory, put into the page itself where they are small enough."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

VIDEO_LIMIT = 8_000_000
PICTURE_BUDGET = 24_000_000
_VIDEOS = (".mp4", ".webm", ".gif")


class Media:
    """Gives `src` attributes for files of one run directory.

    Pictures are inlined up to a total of PICTURE_BUDGET bytes, after that linked; files outside the directory and
    files that are not there give None, so a trace from elsewhere cannot pull other files into the page.
    """

    def __init__(self, run_dir: Path) -> None:
        self._root = run_dir.resolve()
        self._left = PICTURE_BUDGET

    def picture(self, name: str) -> str | None:
        """`src` for the picture `name`, relative to the run directory."""
        path = self._inside(name)
        if path is None or not (mimetypes.guess_type(path.name)[0] or "").startswith("image/"):
            return None
        if path.stat().st_size > self._left:
            return self._link(path)
        self._left -= path.stat().st_size
        return self._data(path)

    def shots(self, images: Mapping[str, str], about: str) -> str:
        """A row of pictures with their labels; "" when none can be shown."""
        out = ""
        for label, name in images.items():
            src = self.picture(name)
            if src:
                alt = escape(f"{about} · {label}")
                out += f'<figure><img src="{src}" alt="{alt}"><figcaption>{escape(label)}</figcaption></figure>'
        return f'<div class="shots">{out}</div>' if out else ""

    def video(self) -> tuple[str, str] | None:
        """(`src`, MIME type) of the film of the run, or None. Linked, not inlined, above VIDEO_LIMIT bytes."""
        for suffix in _VIDEOS:
            for path in sorted(self._root.glob(f"*{suffix}")):
                if path.stat().st_size == 0:
                    continue  # a run that died while encoding
                kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
                return (self._data(path) if path.stat().st_size < VIDEO_LIMIT else self._link(path)), kind
        return None

    def _inside(self, name: str) -> Path | None:
        path = (self._root / name).resolve()
        return path if path.is_relative_to(self._root) and path.is_file() else None

    def _link(self, path: Path) -> str:
        return escape(quote(path.relative_to(self._root).as_posix()), quote=True)

    @staticmethod
    def _data(path: Path) -> str:
        kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
