"""Hand-written instructions to measure the embedded author on. Written before any training result was seen and never
used to write the wordings of the corpus: keep it frozen, and write a new list when the corpus grows."""

from __future__ import annotations

from dataclasses import dataclass

from .world import Goal


@dataclass(frozen=True)
class Probe:
    """A scene in words, an instruction, and what must hold after the program. `family` groups the report."""

    family: str
    objects: tuple[str, ...]
    instruction: str
    goals: tuple[Goal, ...]


def _probe(family: str, objects: str, instruction: str, *goals: Goal) -> Probe:
    return Probe(family, tuple(objects.split(", ")), instruction, goals)


_A = "red block, blue bowl, green block, yellow bowl"
_B = "blue block, red block, green block"
_M = "red block, blue block, green block, green bowl, red bowl, blue bowl"
_L = "orange block, gray block, pink block, cyan block"
_RGB = ("red block", "green block", "blue block")

HELD_OUT: tuple[Probe, ...] = (
    _probe("put", "red block, blue bowl", "put the red block in the blue bowl", ("in", "red block", "blue bowl")),
    _probe("put", _A, "the red block should end up inside the blue bowl", ("in", "red block", "blue bowl")),
    _probe("put", _A, "I'd like the green block to go in the yellow bowl", ("in", "green block", "yellow bowl")),
    _probe("put", _A, "take green block and drop it into blue bowl", ("in", "green block", "blue bowl")),
    _probe("put", _A, "grab the red cube, then release it over the yellow bowl", ("in", "red block", "yellow bowl")),
    _probe("put", _A, "yellow bowl: put the red block there", ("in", "red block", "yellow bowl")),
    _probe("put", _A, "transfer red block -> blue bowl", ("in", "red block", "blue bowl")),
    _probe(
        "put",
        "pink cylinder, cyan bowl, gray block",
        "pop the pink cylinder in the cyan bowl pls",
        ("in", "pink cylinder", "cyan bowl"),
    ),
    _probe(
        "put",
        "purple block, brown tray, orange bowl",
        "Stick the purple block on the brown tray.",
        ("in", "purple block", "brown tray"),
    ),
    _probe(
        "put",
        "gray block, green zone, pink block",
        "can you slide the gray block onto the green zone?",
        ("on", "gray block", "green zone"),
    ),
    _probe(
        "put", _A, "could somebody please toss the green block into the blue bowl", ("in", "green block", "blue bowl")
    ),
    _probe("put", _A, "Red block. Blue bowl. Go.", ("in", "red block", "blue bowl")),
    _probe(
        "put-two",
        _A,
        "red block goes in the yellow bowl and green block goes in the blue bowl",
        ("in", "red block", "yellow bowl"),
        ("in", "green block", "blue bowl"),
    ),
    _probe(
        "put-two",
        _A,
        "put both the red block and the green block in the blue bowl",
        ("in", "red block", "blue bowl"),
        ("in", "green block", "blue bowl"),
    ),
    _probe("matching", _M, "sort the blocks into bowls by color", ("matching",)),
    _probe("matching", _M, "put every block in its own colour's bowl", ("matching",)),
    _probe("matching", _M, "each block belongs in the bowl that has its color", ("matching",)),
    _probe("matching", _M, "tidy up: blocks go to the bowl of matching colour", ("matching",)),
    _probe("matching", _M, "match blocks with bowls", ("matching",)),
    _probe("matching", _M, "the blocks should all be in bowls whose color is the same as theirs", ("matching",)),
    _probe("mismatched", _M, "put the blocks in bowls that don't match their color", ("mismatched",)),
    _probe("mismatched", _M, "no block may sit in a bowl of its own colour, but all must be in bowls", ("mismatched",)),
    _probe(
        "all-in",
        "red block, blue block, green block, gray bowl",
        "gather the blocks in the gray bowl",
        ("in", "red block", "gray bowl"),
        ("in", "blue block", "gray bowl"),
        ("in", "green block", "gray bowl"),
    ),
    _probe(
        "all-in",
        "red block, blue block, pink tray",
        "fill the pink tray with the blocks",
        ("in", "red block", "pink tray"),
        ("in", "blue block", "pink tray"),
    ),
    _probe("stack-two", _B, "the red block has to sit atop the blue block", ("on", "red block", "blue block")),
    _probe("stack-two", _B, "pile green block onto red block", ("on", "green block", "red block")),
    _probe("stack-two", _B, "can you balance the blue block on the green one", ("on", "blue block", "green block")),
    _probe(
        "stack-two",
        "red block, blue block",
        "make a tower of two, blue at the bottom",
        ("on", "red block", "blue block"),
    ),
    _probe(
        "stack-two", _B, "use the green block as base and set the blue block on it", ("on", "blue block", "green block")
    ),
    _probe("stack-order", _B, "build a tower: red at the base, then green, then blue", ("stack", *_RGB)),
    _probe("stack-order", _B, "stack red, green and blue from the bottom up", ("stack", *_RGB)),
    _probe(
        "stack-order",
        _B,
        "I want a tower with blue on top, green in the middle and red at the bottom",
        ("stack", *_RGB),
    ),
    _probe(
        "stack-order",
        _B,
        "from top to bottom the stack should be: blue block, green block, red block",
        ("stack", *_RGB),
    ),
    _probe("stack-order", _B, "put green on red, then blue on green", ("stack", *_RGB)),
    _probe(
        "stack-order",
        _L,
        "stack the gray, pink, orange and cyan blocks in that order, gray lowest",
        ("stack", "gray block", "pink block", "orange block", "cyan block"),
    ),
    _probe("stack-any", _B, "pile all the blocks up", ("stacked",)),
    _probe("region", _B, "the red block belongs in the top left corner", ("at", "red block", "top left corner")),
    _probe(
        "region",
        _B,
        "push the green block over to the bottom right corner",
        ("at", "green block", "bottom right corner"),
    ),
    _probe("region", _B, "bring the blue block to the centre of the table", ("at", "blue block", "middle")),
    _probe("region", _B, "blue block, right side please", ("at", "blue block", "right side")),
    _probe(
        "region",
        "red block, pink bowl, gray cylinder",
        "shift the gray cylinder to the upper right corner",
        ("at", "gray cylinder", "top right corner"),
    ),
    _probe("region-all", _B, "gather all the blocks in the bottom left corner", ("all_at", "bottom left corner")),
    _probe("region-all", _B, "every block must go to the left side", ("all_at", "left side")),
    _probe("region-all", _B, "clear the blocks away to the right side of the table", ("all_at", "right side")),
    _probe("line", _L, "line the blocks up", ("row", "y")),
    _probe("line", _L, "arrange the blocks in a straight line", ("row", "y")),
    _probe("line", _B, "form a horizontal row out of the blocks", ("row", "y")),
    _probe("line", _B, "set the blocks up in a vertical line", ("row", "x")),
    _probe("line", _B, "put the blocks next to each other in a row", ("row", "y")),
    _probe("line", _B, "place the blocks in a row, from left to right red, green, blue", ("row", "y", *_RGB)),
    _probe("pyramid", _B, "build a pyramid out of the blocks", ("pyramid",)),
    _probe("pyramid", _B, "red and green side by side, blue on top of both, like a pyramid", ("pyramid", "blue block")),
    _probe("pyramid", _B, "make me a small pyramid whose top is the red block", ("pyramid", "red block")),
    _probe("pyramid", _B, "construct a pyramid: base green and blue, peak red", ("pyramid", "red block")),
    _probe(
        "relative",
        _B,
        "move the red block 10 cm to the left of the blue block",
        ("offset", "red block", "blue block", 0.0, 0.10),
    ),
    _probe(
        "relative",
        _B,
        "set the green block behind the red one, 12 cm away",
        ("offset", "green block", "red block", 0.12, 0.0),
    ),
    _probe(
        "relative",
        "red block, green bowl",
        "the red block should be in front of the green bowl",
        ("side", "red block", "green bowl", "front"),
    ),
    _probe(
        "relative",
        "red block, green bowl",
        "place the red block right of the green bowl",
        ("side", "red block", "green bowl", "right"),
    ),
    _probe(
        "between",
        _B,
        "green block should lie between the red and the blue block",
        ("between", "green block", "red block", "blue block"),
    ),
    _probe("shift", _B, "nudge the red block 5 cm to the right", ("shifted", "red block", 0.0, -0.05)),
    _probe("shift", _B, "move the blue block forward by 8 cm", ("shifted", "blue block", 0.08, 0.0)),
    _probe("count", _M, "how many bowls can you see?", ("said", r"\b3\b")),
    _probe("count", _B, "count the blocks for me", ("said", r"\b3\b")),
    _probe("absent", _A, "put the purple block in the blue bowl", ("said", r"purple block"), ("nothing",)),
    _probe("absent", _B, "please drop the red block into the gray bowl", ("said", r"gray bowl"), ("nothing",)),
)
