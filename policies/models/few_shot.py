"""The prompt of a local model that was not trained on Capra: a list of the primitives that matter and a few examples,
those whose wording is most like the instruction, in the compact form of `prompt`."""

from __future__ import annotations

import re

from .prompt import compose

SHOWN = 8
STOP = ("\n\n",)  # the next example would begin
_HEADER = (
    "Python programs for a robot arm. pick, place_in, place_on, place_at(region name or point), detect, find, choose(query, "
    "how, reference), beside(thing, way, distance), between, partner(thing, query, how), places, spots(shape, things), say, ask."
    "\n\n"
)
_SCENE = ("red block", "blue block", "green block", "yellow bowl", "blue bowl", "red bowl")
_LIBRARY: tuple[tuple[str, str], ...] = (
    ("put the red block in the yellow bowl", 'pick("red block")\nplace_in("yellow bowl")'),
    ("stack the green block on the blue block", 'pick("green block")\nplace_on("blue block")'),
    ("move the blue block to the top left corner", 'pick("blue block")\nplace_at("top left corner")'),
    ("put all the blocks in the blue bowl", 'for thing in detect("block"):\n    pick(thing)\n    place_in("blue bowl")'),
    ("put all the blocks on the left side", 'for thing in detect("block"):\n    pick(thing)\n    place_at("left side")'),
    ("put all blocks except the red one in the red bowl",
     'for thing in detect("block"):\n    if thing.color != "red":\n        pick(thing)\n        place_in("red bowl")'),
    ("stack all the blocks",
     'things = detect("block")\nfor below, above in zip(things, things[1:]):\n    pick(above)\n    place_on(below)'),
    ("build a tower: blue, then red, then green",
     'things = ["blue block", "red block", "green block"]\nfor below, above in zip(things, things[1:]):\n    pick(above)\n'
     "    place_on(below)"),
    ("put the blocks in the bowls with matching colors",
     'for thing in detect("block"):\n    pick(thing)\n    place_in(partner(thing, "bowl", "matching"))'),
    ("put the blocks in bowls of a different color",
     'for thing in detect("block"):\n    pick(thing)\n    place_in(partner(thing, "bowl", "different"))'),
    ("put the block closest to the red bowl on the top side", 'pick(choose("block", "closest", "red bowl"))\nplace_at("top side")'),
    ("put the second block from the left in the blue bowl", 'pick(choose("block", "second", "left"))\nplace_in("blue bowl")'),
    ("pick up the block to the left of the blue bowl and place it in the middle",
     'pick(choose("block", "left", "blue bowl"))\nplace_at("middle")'),
    ("put the green block 10 cm to the left of the red bowl", 'pick("green block")\nplace_at(beside("red bowl", "left", "10 cm"))'),
    ("put the red block a little behind the blue bowl", 'pick("red block")\nplace_at(beside("blue bowl", "behind", "a little"))'),
    ("move the red block 5 cm to the left", 'start = find("red block")\npick(start)\nplace_at(beside(start, "left", "5 cm"))'),
    ("put the red block between the blue bowl and the red bowl", 'pick("red block")\nplace_at(between("blue bowl", "red bowl"))'),
    ("put the blocks in different bowls",
     'for thing, place in zip(detect("block"), places("bowls")):\n    pick(thing)\n    place_in(place)'),
    ("arrange the blocks in a horizontal line",
     'things = detect("block")\nfor thing, spot in zip(things, spots("horizontal", things)):\n    pick(thing)\n    place_at(spot)'),
    ("build a pyramid with the red block on top",
     'things = ["blue block", "green block", "red block"]\nfor thing, spot in zip(things, spots("pyramid", things)):\n'
     "    pick(thing)\n    place_at(spot, yaw=0)"),
    ("how many blocks are there?", 'say(len(detect("block")))'),
    ("put the purple block in the blue bowl", 'say("I see no purple block.")'),
    ("cut the red block in half", 'say("I cannot do that.")'),
    ("put the bowl on the left side", 'pick(ask("Which bowl do you mean?"))\nplace_at("left side")'),
)  # fmt: skip


def few_shot_prompt(prompt: str) -> str:
    """The whole prompt for a compact one: header, examples (the most alike last), and the prompt itself."""
    wish = _words(prompt.rstrip().rsplit("\n", 1)[-1])
    # A stable order, so that equally alike examples are always the same.
    ranked = sorted(_LIBRARY, key=lambda e: len(_words(e[0]) & wish) / (3 + len(_words(e[0]) | wish)))
    shown = "".join(f"{compose(_SCENE, instruction)}{program}\n\n" for instruction, program in ranked[-SHOWN:])
    return _HEADER + shown + prompt


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z]+", text.lower()))
