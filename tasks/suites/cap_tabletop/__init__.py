"""The Code as Policies tabletop benchmark (Liang et al., ICRA 2023): 14 templates, seen and unseen attributes.

Templates 1 to 8 are the seen instructions, U1 to U6 the unseen ones. Each seen template is a task with seen attributes
(split SA-SI) and one with unseen attributes (UA-SI); each unseen one comes with unseen attributes (UA-UI): the three
columns that were published. Which template belongs to which of the two published families (long-horizon,
spatial-geometric) was not; here, those that ask where something is count as spatial-geometric.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from ...task import Judge, Task
from . import long_horizon as lh
from . import spatial as sg
from .attributes import SEEN, UNSEEN, Attributes
from .goal_checks import GOAL_CHECKS
from .scenes import Sampled

SUITE = "cap-tabletop"
LONG, SPATIAL = "long-horizon", "spatial-geometric"

_Template = tuple[str, str, str, str, Callable[[np.random.Generator, Attributes], Sampled], Judge, str]

TEMPLATES: tuple[_Template, ...] = (
    ("1", "put-on", LONG, "put a block on a block or into a bowl", lh.sample_put_on, lh.judge_put_on, lh.PUT_ON),
    ("2", "stack-all", LONG, "stack all blocks", lh.sample_stack, lh.judge_stack, lh.STACK_ALL),
    ("3", "gather", LONG, "put all blocks in one part of the table", lh.sample_gather, lh.judge_gather, lh.GATHER),
    ("4", "fill", LONG, "put all blocks into one bowl", lh.sample_fill, lh.judge_fill, lh.FILL),
    ("5", "match", LONG, "put the blocks into bowls of their colours", lh.sample_match, lh.judge_match, lh.MATCH),
    ("6", "beside", SPATIAL, "move the block on one side of a bowl", sg.sample_beside, sg.judge_at_place, sg.BESIDE),
    ("7", "distance", SPATIAL, "move the block nearest to or farthest from a bowl", sg.sample_distance,
     sg.judge_at_place, sg.DISTANCE),
    ("8", "nth", SPATIAL, "move the n-th block from one side", sg.sample_nth, sg.judge_at_place, sg.NTH),
    ("U1", "corners", LONG, "put all blocks into different corners", lh.sample_corners, lh.judge_corners,
     lh.DIFFERENT_CORNERS),
    ("U2", "mismatch", LONG, "put the blocks into bowls of other colours", lh.sample_mismatch, lh.judge_mismatch,
     lh.MISMATCH),
    ("U3", "stack-at", LONG, "stack all blocks in one part of the table", lh.sample_stack_at, lh.judge_stack_at,
     lh.STACK_AT),
    ("U4", "offset", SPATIAL, "put a block a little or a lot to one side of a bowl", sg.sample_offset,
     sg.judge_offset, sg.OFFSET),
    ("U5", "corner", SPATIAL, "put a block into the corner nearest to or farthest from a bowl", sg.sample_corner,
     sg.judge_at_place, sg.CORNER),
    ("U6", "line", SPATIAL, "put all blocks in a line of a direction", sg.sample_line, sg.judge_line, sg.LINE),
)  # fmt: skip


def _task(template: _Template, split: str) -> Task:
    number, name, family, summary, sample, judge, expert = template
    attributes = SEEN if split.startswith("SA") else UNSEEN
    return Task(
        f"{SUITE}/{name}-{split.lower()}",
        f"{summary} ({split})",
        partial(_sample, sample, attributes),
        judge,
        expert,
        suite=SUITE,
        tags={"split": split, "family": family, "template": number},
        goal_check=GOAL_CHECKS[name],
    )


def _sample(
    sample: Callable[[np.random.Generator, Attributes], Sampled], attributes: Attributes, rng: np.random.Generator
) -> Sampled:
    return sample(rng, attributes)


TASKS: tuple[Task, ...] = tuple(
    _task(template, split)
    for template in TEMPLATES
    for split in (("UA-UI",) if template[0].startswith("U") else ("SA-SI", "UA-SI"))
)
