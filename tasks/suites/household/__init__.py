"""Articulated and tool-like tasks at the table: what one does in a kitchen or at a desk."""

from __future__ import annotations

from ...task import Task
from . import drawers, drawing, panels, pouring, sweeping, things

TASKS: tuple[Task, ...] = (
    *panels.TASKS,
    *drawers.TASKS,
    *things.TASKS,
    *pouring.TASKS,
    *sweeping.TASKS,
    *drawing.TASKS,
)
