"""ravens/block-insertion and ravens/assembling-kits: pieces into sockets of their form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ....robots.pose import wrap_angle
from ....sim.bodies import BodySpec
from ....sim.colors import COLORS
from ....sim.kinds.shapes import CELLS, SOCKET, extent
from ....sim.scene import Placement, sample
from ... import judging as j
from ...task import Task, Truth, Verdict
from .programs import MOVE
from .scoring import pose_score, with_ravens

_HEIGHT = 0.02
TILE = 0.1  # m: side of the tile of a kit that holds one socket
_SEATED = (0.003, math.radians(4), 0.003)  # m in the plane, rad, and m above the table
PERIOD = {"plus": math.pi / 2, "S": math.pi}


def piece_spec(form: str, color: str) -> BodySpec:
    return BodySpec("piece", color, (*extent(form), _HEIGHT), form)


def seated(truth: Truth, piece: str, socket: str, period: float) -> str | None:
    """The piece is in the socket, down to the table."""
    offset = math.hypot(*(truth.position(piece) - truth.position(socket))[:2])
    turn = abs(wrap_angle(truth.poses[piece].yaw - truth.poses[socket].yaw, period))
    if offset > _SEATED[0]:
        return f"the {piece} is {1000 * offset:.0f} mm beside the {socket}"
    if turn > _SEATED[1]:
        return f"the {piece} is turned by {math.degrees(turn):.0f} degrees against the {socket}"
    if not j.flat(truth, piece) or float(truth.poses[piece].rotation[2, 2]) < 0:
        return f"the {piece} does not lie flat, its own side up"
    if truth.bottom(piece) > _SEATED[2]:
        return f"the {piece} is {1000 * truth.bottom(piece):.0f} mm above the bottom of the {socket}"
    return None


def _judge(before: Truth, after: Truth, parameters: Mapping[str, Any]) -> Verdict:
    pairs: Sequence[tuple[str, str, str]] = parameters["pairs"]
    pieces = [piece for piece, _, _ in pairs]
    goals = [seated(after, p, s, PERIOD.get(form, 2 * math.pi)) for p, s, form in pairs]
    others = [n for n in after.of_kind("piece") if n not in pieces]
    ours = j.verdict(goals, [j.released(after, pieces), j.undisturbed(before, after, others)])
    scores = []
    for piece, socket, form in pairs:
        target = (*after.position(socket)[:2], after.poses[socket].yaw)
        scores.append(pose_score(after, [piece], [target], PERIOD.get(form, 2 * math.pi)))
    return with_ravens(ours, float(np.mean(scores)))


def _sample_insertion(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    piece, fixture = (str(c) for c in rng.choice(list(COLORS), size=2, replace=False))
    words = str(rng.choice(["insert the {p} L into the {f} socket", "put the {p} L-shaped piece into the {f} fixture"]))
    specs = [BodySpec("socket", fixture, None, "L" + SOCKET), piece_spec("L", piece)]
    parameters = {"pairs": [(f"{piece} L", f"{fixture} L{SOCKET}", "L")]}
    return words.format(p=piece, f=fixture), sample(specs, rng), parameters


def lay_out(
    kit: str, forms: Sequence[str], colors: Sequence[str], rng: np.random.Generator
) -> tuple[list[Placement], list[Placement]]:
    """A kit of four tiles, one with a socket of each form, and the loose pieces, one of each form and colour."""
    # The kit is four tiles side by side; one body as large as all of them keeps their place free.
    whole = BodySpec("zone", kit, (2 * TILE, 2 * TILE, 0.001))
    board, *loose = sample([whole, *(piece_spec(f, c) for f, c in zip(forms, colors, strict=True))], rng, gap=0.015)
    c, s = math.cos(board.yaw), math.sin(board.yaw)
    tiles = []
    for form, (u, v) in zip(forms, ((-1, -1), (-1, 1), (1, -1), (1, 1)), strict=True):
        x, y = board.x + TILE / 2 * (c * u - s * v), board.y + TILE / 2 * (s * u + c * v)
        tiles.append(Placement(BodySpec("socket", kit, None, form + SOCKET), x, y, board.yaw))
    return tiles, loose


def _sample_kit(rng: np.random.Generator) -> tuple[str, list[Placement], dict[str, Any]]:
    kit, *colors = (str(c) for c in rng.choice(list(COLORS), size=5, replace=False))
    forms = [str(f) for f in rng.permutation(list(CELLS))]
    tiles, loose = lay_out(kit, forms, colors, rng)
    words = str(rng.choice(["assemble the {k} kit", "put each piece into the hole of its shape in the {k} board"]))
    pairs = [(f"{c} {f}", f"{kit} {f}{SOCKET}", f) for f, c in zip(forms, colors, strict=True)]
    return words.format(k=kit), [*tiles, *loose], {"pairs": pairs}


_EXPERT = (
    MOVE
    + """
for piece, socket, _ in {pairs}:
    move(piece, place_in, socket)
"""
)

TASKS = (
    Task(
        "ravens/block-insertion",
        "an L-shaped piece into a socket",
        _sample_insertion,
        _judge,
        _EXPERT,
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "pose"},
    ),
    Task(
        "ravens/assembling-kits",
        "four pieces into the sockets of their form",
        _sample_kit,
        _judge,
        _EXPERT,
        suite="ravens",
        robot="panda-suction",
        tags={"metric": "pose"},
    ),
)
