"""The board on paper: a PDF of vector rectangles, exact to the millimetre, with a ruler to check the printer by."""

from __future__ import annotations

from pathlib import Path

from .board import Board

PAPERS = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height, mm."""

_POINTS = 72 / 25.4  # of a PDF per mm
_EDGE = 8.0  # mm that printers leave white
_BELOW = 22.0  # mm for the ruler and two lines of text
_RULER = 100


def write_board(path: Path, board: Board, paper: str = "a4") -> None:
    """Write the board in the middle of a page. ValueError when it does not fit; OSError when it cannot be written."""
    if paper not in PAPERS:
        raise ValueError(f"unknown paper {paper!r} (valid: {', '.join(PAPERS)})")
    page = PAPERS[paper]
    width, height = (1000 * side for side in board.size)
    room = page[0] - 2 * _EDGE, page[1] - 2 * _EDGE - _BELOW
    if width > room[0] + 1e-9 or height > room[1] + 1e-9:
        raise ValueError(
            f"a board of {width:g} by {height:g} mm does not fit on {paper}, which has room for {room[0]:g} by "
            f"{room[1]:g} mm: take fewer or smaller squares"
        )
    left, top = (page[0] - width) / 2, page[1] - _EDGE - (room[1] - height) / 2
    marks = ["0 g"]
    for x, y, w, h in board.black():
        # A PDF's y goes up.
        marks.append(_box(left + 1000 * x, top - 1000 * (y + h), 1000 * w, 1000 * h))
    bottom = top - height
    marks += _ruler((page[0] - _RULER) / 2, bottom - 12.0)
    marks += [
        _line_of_text(
            left, bottom - 17.0, f"This line must measure {_RULER} mm: print at 100 %, not fitted to the page"
        ),
        _line_of_text(
            left,
            bottom - 21.0,
            f"capra calibrate: {board.columns}x{board.rows} squares of {1000 * board.square:g} mm, markers of "
            f"{1000 * board.marker:g} mm, 4x4. Glue it flat on something stiff.",
        ),
    ]
    path.write_bytes(_document("\n".join(marks).encode("ascii"), page))


def _box(x: float, y: float, width: float, height: float) -> str:
    return " ".join(f"{_POINTS * v:.4f}" for v in (x, y, width, height)) + " re f"


def _ruler(x: float, y: float) -> list[str]:
    """A line of 100 mm with a tick every 10 mm, its ends where the outer ticks' middles are."""
    line = 0.25
    ticks = [_box(x + at - line / 2, y, line, 4.0 if at % 50 == 0 else 2.5) for at in range(0, _RULER + 1, 10)]
    return [_box(x - line / 2, y - line, _RULER + line, line), *ticks]


def _line_of_text(x: float, y: float, text: str) -> str:
    return f"BT /F 8 Tf {_POINTS * x:.3f} {_POINTS * y:.3f} Td ({text}) Tj ET"


def _document(content: bytes, page: tuple[float, float]) -> bytes:
    """One page, after ISO 32000-1: objects, the table of where they are, and the trailer."""
    box = " ".join(f"{_POINTS * side:.3f}" for side in page)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R /ViewerPreferences << /PrintScaling /None >> >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {box}] /Contents 4 0 R ".encode()
        + b"/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>",
        b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end
