"""Hand-written instructions, the first list to measure the embedded author on. Written before any training result was seen
and never used to write the wordings of the corpus: it is frozen."""

from __future__ import annotations

from .phrasings import Case

_LIST = """
put | red block, blue bowl | put the red block in the blue bowl | in(red block, blue bowl)
put | red block, blue bowl, green block, yellow bowl | the red block should end up inside the blue bowl | in(red block, blue bowl)
put | red block, blue bowl, green block, yellow bowl | I'd like the green block to go in the yellow bowl | in(green block, yellow bowl)
put | red block, blue bowl, green block, yellow bowl | take green block and drop it into blue bowl | in(green block, blue bowl)
put | red block, blue bowl, green block, yellow bowl | grab the red cube, then release it over the yellow bowl | in(red block, yellow bowl)
put | red block, blue bowl, green block, yellow bowl | yellow bowl: put the red block there | in(red block, yellow bowl)
put | red block, blue bowl, green block, yellow bowl | transfer red block -> blue bowl | in(red block, blue bowl)
put | pink cylinder, cyan bowl, gray block | pop the pink cylinder in the cyan bowl pls | in(pink cylinder, cyan bowl)
put | purple block, brown tray, orange bowl | Stick the purple block on the brown tray. | in(purple block, brown tray)
put | gray block, green zone, pink block | can you slide the gray block onto the green zone? | in(gray block, green zone)
put | red block, blue bowl, green block, yellow bowl | could somebody please toss the green block into the blue bowl | in(green block, blue bowl)
put | red block, blue bowl, green block, yellow bowl | Red block. Blue bowl. Go. | in(red block, blue bowl)
put-two | red block, blue bowl, green block, yellow bowl | red block goes in the yellow bowl and green block goes in the blue bowl | in(red block, yellow bowl); in(green block, blue bowl)
put-two | red block, blue bowl, green block, yellow bowl | put both the red block and the green block in the blue bowl | in(red block, blue bowl); in(green block, blue bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | sort the blocks into bowls by color | match(block, bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | put every block in its own colour's bowl | match(block, bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | each block belongs in the bowl that has its color | match(block, bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | tidy up: blocks go to the bowl of matching colour | match(block, bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | match blocks with bowls | match(block, bowl)
matching | red block, blue block, green block, green bowl, red bowl, blue bowl | the blocks should all be in bowls whose color is the same as theirs | match(block, bowl)
mismatched | red block, blue block, green block, green bowl, red bowl, blue bowl | put the blocks in bowls that don't match their color | mismatch(block, bowl)
mismatched | red block, blue block, green block, green bowl, red bowl, blue bowl | no block may sit in a bowl of its own colour, but all must be in bowls | mismatch(block, bowl)
all-in | red block, blue block, green block, gray bowl | gather the blocks in the gray bowl | in(red block, gray bowl); in(blue block, gray bowl); in(green block, gray bowl)
all-in | red block, blue block, pink tray | fill the pink tray with the blocks | in(red block, pink tray); in(blue block, pink tray)
stack-two | blue block, red block, green block | the red block has to sit atop the blue block | in(red block, blue block)
stack-two | blue block, red block, green block | pile green block onto red block | in(green block, red block)
stack-two | blue block, red block, green block | can you balance the blue block on the green one | in(blue block, green block)
stack-two | red block, blue block | make a tower of two, blue at the bottom | in(red block, blue block)
stack-two | blue block, red block, green block | use the green block as base and set the blue block on it | in(blue block, green block)
stack-order | blue block, red block, green block | build a tower: red at the base, then green, then blue | stack(red block, green block, blue block)
stack-order | blue block, red block, green block | stack red, green and blue from the bottom up | stack(red block, green block, blue block)
stack-order | blue block, red block, green block | I want a tower with blue on top, green in the middle and red at the bottom | stack(red block, green block, blue block)
stack-order | blue block, red block, green block | from top to bottom the stack should be: blue block, green block, red block | stack(red block, green block, blue block)
stack-order | blue block, red block, green block | put green on red, then blue on green | stack(red block, green block, blue block)
stack-order | orange block, gray block, pink block, cyan block | stack the gray, pink, orange and cyan blocks in that order, gray lowest | stack(gray block, pink block, orange block, cyan block)
stack-any | blue block, red block, green block | pile all the blocks up | tower(block)
region | blue block, red block, green block | the red block belongs in the top left corner | at(red block, top left corner)
region | blue block, red block, green block | push the green block over to the bottom right corner | at(green block, bottom right corner)
region | blue block, red block, green block | bring the blue block to the centre of the table | at(blue block, middle)
region | blue block, red block, green block | blue block, right side please | at(blue block, right side)
region | red block, pink bowl, gray cylinder | shift the gray cylinder to the upper right corner | at(gray cylinder, top right corner)
region-all | blue block, red block, green block | gather all the blocks in the bottom left corner | at(block, bottom left corner)
region-all | blue block, red block, green block | every block must go to the left side | at(block, left side)
region-all | blue block, red block, green block | clear the blocks away to the right side of the table | at(block, right side)
line | orange block, gray block, pink block, cyan block | line the blocks up | line(block, horizontal)
line | orange block, gray block, pink block, cyan block | arrange the blocks in a straight line | line(block, horizontal)
line | blue block, red block, green block | form a horizontal row out of the blocks | line(block, horizontal)
line | blue block, red block, green block | set the blocks up in a vertical line | line(block, vertical)
line | blue block, red block, green block | put the blocks next to each other in a row | line(block, horizontal)
line | blue block, red block, green block | place the blocks in a row, from left to right red, green, blue | line(block, horizontal)
pyramid | blue block, red block, green block | build a pyramid out of the blocks | pyramid(*)
pyramid | blue block, red block, green block | red and green side by side, blue on top of both, like a pyramid | pyramid(blue block)
pyramid | blue block, red block, green block | make me a small pyramid whose top is the red block | pyramid(red block)
pyramid | blue block, red block, green block | construct a pyramid: base green and blue, peak red | pyramid(red block)
relative | blue block, red block, green block | move the red block 10 cm to the left of the blue block | offset(red block, blue block, left, 10)
relative | blue block, red block, green block | set the green block behind the red one, 12 cm away | offset(green block, red block, top, 12)
relative | red block, green bowl | the red block should be in front of the green bowl | beside(red block, bottom, green bowl, 4, 25)
relative | red block, green bowl | place the red block right of the green bowl | beside(red block, right, green bowl, 4, 25)
between | blue block, red block, green block | green block should lie between the red and the blue block | between(green block, red block, blue block)
shift | blue block, red block, green block | nudge the red block 5 cm to the right | shift(red block, right, 5)
shift | blue block, red block, green block | move the blue block forward by 8 cm | shift(blue block, top, 8)
count | red block, blue block, green block, green bowl, red bowl, blue bowl | how many bowls can you see? | say(\\b3\\b)
count | blue block, red block, green block | count the blocks for me | say(\\b3\\b)
absent | red block, blue bowl, green block, yellow bowl | put the purple block in the blue bowl | refuse
absent | blue block, red block, green block | please drop the red block into the gray bowl | refuse
"""


def _case(line: str) -> Case:
    family, scene, instruction, goals = (part.strip() for part in line.split(" | "))
    return Case(family, tuple(scene.split(", ")), instruction, goals)


HELD_OUT: tuple[Case, ...] = tuple(_case(line) for line in _LIST.strip().splitlines())
