"""Right programs, in all the ways that people and language models write them: the check must be silent."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest

from capra.policies.check import check
from capra.tests.support.stub_primitives import stub_registry

REGISTRY = stub_registry()

RIGHT = {
    "one line": 'pick("red block")\nplace_in("green bowl")',
    "matching bowls": """
for block in detect("block"):
    for bowl in detect("bowl"):
        if bowl.color == block.color:
            pick(block)
            place_in(bowl)
            break
""",
    "recovery": """
for attempt in range(3):
    try:
        pick("red block")
        break
    except PrimitiveError as error:
        if error.code not in ("grasp_missed", "slipped"):
            raise
        print("again", attempt, error, error.message, error.facts.get("jaw_width"))
place_on(find("blue block"))
""",
    "bare except": """
try:
    pick("red block")
except:
    go_home()
""",
    "rebinding a primitive at the top": """
region = region("top left corner")
pick("red block")
place_at(region)
print(region.center[0], region.size[1])
""",
    "nothing found yet": """
target = None
for block in detect("block"):
    if target is None or block.x > target.x:
        target = block
if target is not None:
    pick(target)
    print(target.name.upper(), target.position.round(3))
""",
    "main": """
import math
import numpy as np

def closest(objects, point):
    best, best_distance = None, math.inf
    for item in objects:
        distance = np.linalg.norm(item.position[:2] - np.array(point))
        if distance < best_distance:
            best, best_distance = item, distance
    return best

def main():
    target = closest(detect("block"), (0.5, 0.0))
    if target:
        pick(target)
        place_at((0.5, 0.0))

if __name__ == "__main__":
    main()
""",
    "sorting": """
blocks = sorted(detect("block"), key=lambda b: b.size[0], reverse=True)
blocks.sort(key=lambda b: (b.y, b.name))
below = blocks[0]
for above in blocks[1:]:
    pick(above)
    place_on(below)
    below = above
""",
    "grouping": """
by_color = {}
for item in detect():
    by_color.setdefault(item.color, []).append(item)
for color, items in by_color.items():
    items.sort(key=lambda o: -o.top)
    say(f"{color}: {len(items)} {[o.name for o in items]} {items[0].x:.2f}")
""",
    "growing list": """
done = []
names = ["red block", "blue block"]
for name in names:
    done.append(pick(name))
    place_at(region("middle"))
done.append("the end")
mixed = [1, 2]
mixed.append("three")
print(mixed[-1].upper(), done[0], done[-1])
names += [find("bowl")]
for n in names:
    print(n if isinstance(n, str) else n.position)
""",
    "aliased list": """
names = ["a"]
other = names
other.append(find("x"))
print(names[1].position)
def add(items):
    items.append(find("y"))
words = ["b"]
add(words)
print(words[1].top)
""",
    "isinstance": """
target = find("red block")
if isinstance(target, list):
    target = target[0]
if hasattr(target, "colour"):
    print(target.colour)
pick(target)
""",
    "ready for the error": """
block = find("red block")
try:
    print(block.colour)
except AttributeError:
    print(block.color)
try:
    import scipy
except ImportError:
    scipy = None
pick(block)
""",
    "closures and nonlocal": """
def counter():
    count = 0
    def step(by=1):
        nonlocal count
        count += by
        return count
    return step
step = counter()
move_by(dz=0.01 * step())
total = 0
def add():
    global total
    total += 1
add()
say(str(total))
""",
    "late nonlocal": """
def outer():
    def inner():
        nonlocal found
        found = find("x")
    found = "nothing"
    inner()
    return found.position
move_to(outer())
""",
    "classes": """
class Stack:
    height = 0
    blocks: list[Object] = []

    def __init__(self, base, *rest, limit=3, **options):
        self.base = base
        self.limit = limit

    @property
    def top(self):
        return self.base.top + self.height

    def pick(self, name):
        self.height += 1
        return pick(name)

stack = Stack(find("tray"), limit=2)
stack.pick("red block")
place_on(stack.base)
print(stack.top, stack.anything)
""",
    "match": """
answer = ask("which colour?").strip().lower()
match answer.split():
    case [color]:
        pick(f"{color} block")
    case ["the", color, *rest]:
        print(color, rest)
    case {"color": color, **others}:
        print(color, others)
    case Object(name=name) as thing:
        print(name, thing)
    case _:
        say("I do not understand")
""",
    "walrus and comprehensions": """
if (n := len(blocks := detect("block"))) > 2 and any((last := b).color == "red" for b in blocks):
    print(n, last.name)
positions = {b.name: tuple(b.position) for b in blocks}
steps = np.linspace(0.35, 0.65, 4)
grid = [(x, y) for x in steps for y in (-0.1, 0.1) if all(np.hypot(x - b.x, y - b.y) > 0.08 for b in blocks)]
unique = {b.color for b in blocks}
place_at(grid[0])
print(max(positions.values()), sorted(unique), [i for i, _ in enumerate(grid)])
""",
    "geometry": """
import shapely
import shapely.affinity
from shapely.geometry import Point, Polygon, LineString
from shapely import affinity, ops
import shapely.geometry as sg
square = Polygon([(0.4, -0.1), (0.6, -0.1), (0.6, 0.1), (0.4, 0.1)])
turned = shapely.affinity.rotate(square, 45)
for x, y in list(turned.exterior.coords)[:-1]:
    pick("block")
    place_at((x, y))
inside = [o for o in detect() if square.contains(Point(o.x, o.y))]
print(affinity.scale(square, 2).area, ops.unary_union([square, turned]), LineString, sg.Point(0, 0))
""",
    "imports": """
from __future__ import annotations
from math import pi, sqrt as root, atan2
from math import *
import numpy
import numpy.linalg as la
import numpy.polynomial.polynomial as poly
from numpy.testing import assert_allclose
from numpy import array, linalg
move_by(dz=root(0.0001) * cos(0))
place_at(array([0.5, 0.0]), yaw=atan2(1, pi))
print(poly.polyval(2, [1]), assert_allclose, la.norm([1, 2]), linalg.norm, numpy.float64(3), degrees(pi))
""",
    "vectors": """
a, b = find("red block"), find("blue block")
middle = (a.position + b.position) / 2
offset = a.position + np.array([0, 0, 0.1])
up = a.position + (0, 0, 0.1)
x, y, z = offset
both = np.array([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]]) + a.position
more = a.position + ((0, 0, 0.1), (0, 0, 0.2))
rows = np.array([a.position, b.position]) - middle
print(both[1], more, rows.mean(axis=0))
x2, y2 = middle[:2]
move_to(offset)
move_to([x, y, z + 0.05], yaw=a.yaw)
move_to((*middle[:2], 0.2))
move_by(*(b.position - a.position))
move_by(**{"dx": 0.01})
direction = (b.position - a.position) / np.linalg.norm(b.position - a.position)
place_at(b.position[:2] + 0.05 * direction[:2], yaw=None)
if np.allclose(a.position, b.position) or (a.position[:2] == b.position[:2]).all():
    say("together")
z += 0.1
print(f"{a.x:.3f} {a.position} {a.position[0]:.2f} {x2:5.2f}", y2, direction.dot(up), a.size.max())
""",
    "unions by branch": """
where = "middle"
spot = region(where) if len(detect("bowl")) == 0 else find("bowl").position[:2]
pick("block")
place_at(spot)
result = [] if holding() else None
for r in result or []:
    print(r)
thing = find("a") if holding() else "b"
pick(thing)
value = find("c")
value = value.position
value = value[0] + 0.1
print(value)
""",
    "generators and next": """
def pairs():
    for block in detect("block"):
        yield block, block.color
for block, color in pairs():
    pick(block)
    bowl = next((b for b in detect("bowl") if b.color != color), None)
    if bowl is None:
        continue
    place_in(bowl)
first, *others = detect("block")
(one, two), three = (first, first), first
print(one.name, two.x, three.top, [o.id for o in others])
""",
    "lambda and map": """
key = lambda o: (round(o.x, 2), o.y)
blocks = sorted(detect("block"), key=key)
names = list(map(lambda o: o.name, blocks))
big = list(filter(lambda o: o.size[0] > 0.04, blocks))
nearest = min(blocks, key=lambda b: np.hypot(b.x - 0.5, b.y))
longest = max(names, key=len, default="")
pick(nearest)
actions = {"go": go_home, "open": open_gripper}
actions["go"]()
do = pick if not holding() else place_on
do(nearest)
print(longest.title(), big, sum(b.top for b in blocks), " and ".join(names))
""",
    "recursion": """
def clear(target, depth=0):
    above = [o for o in detect("block") if o.z > target.z and abs(o.x - target.x) < 0.03]
    if not above or depth > 5:
        return target
    clear(above[0], depth + 1)
    pick(above[0])
    place_at(region("right side"))
    return find(target.name)
pick(clear(find("red block")))
""",
    "values as values": """
half = Region("mine", np.array([0.5, 0.1, 0.0]), np.array([0.1, 0.1]))
place_at(half)
blocks = set(detect("block"))
blocks.add(find("tray"))
print(find("tray") in blocks, find("a") == find("b"), len(blocks), find("a") != "b", half.name)
if not detect("block"):
    raise PrimitiveError("not_found", "no blocks", looked=2)
""",
    "keywords": """
place_at(target=(0.5, 0.1), yaw=math.pi / 2)
move_by(dy=-0.02)
move_by(0.01, dz=1)
move_to(position=find("bowl"), yaw=0)
draw("circle", (0, 0), [1, 1.5], closed=False)
draw(shape="square" if holding() else "circle")
points(4, (0.5, 0))
points(int(5 / 2), around=[0.4, 0.1])
points(3.0)
""",
    "waiting loops": """
width = close_gripper()
while not holding():
    width = close_gripper()
    if width < 0.005:
        break
else:
    print("held", width.is_integer())
assert holding(), "nothing held"
del width
""",
    "say anything": """
blocks = detect("block")
say(len(blocks))
say("There are " + str(len(blocks)) + " blocks")
say("%d blocks, %s" % (len(blocks), blocks[0].name))
say("{} blocks".format(len(blocks)))
say(f"{len(blocks):>3} {'yes' if blocks else 'no':<5} {blocks!r:>10}")
""",
    "shadowing builtins": """
list = detect("block")
for object in list:
    print(object.name)
max = find("bowl")
input = max.position
place_at(input)
def open(): return 3
open()
""",
    "swapping": """
a, b = "red block", "blue block"
a, b = b, a
spot = find(a).position
i = j = 0
while i < 3:
    i, j = i + 1, j + i
pick(b)
place_at(spot[:2] + [0.05 * j, 0])
""",
    "type names": """
try:
    pick("block")
except PrimitiveError as e:
    print(type(e).__name__, e.__class__.__name__, e.args)
except (ValueError, KeyError, Exception) as e:
    print(e.code)
finally:
    go_home()
""",
    "annotations": """
from __future__ import annotations
def nearest(name: str, to: Point | None = None, *more: Unknown) -> Optional[Object]:
    best: Whatever = find(name)
    return best
target: Object = nearest("x")
pick(target)
""",
    "dead defence": """
result = move_to((0.5, 0, 0.2))
if result is None or not result:
    print("done", result)
held = pick("x")
if held and held.name:
    print(held.name)
held = close_gripper()
if held:
    print(held.hex() if hasattr(held, "hex") else held)
""",
    "nested functions calling each other": """
def a():
    return b()
def b():
    pick("block")
    return c
def c():
    place_in("bowl")
a()()
""",
    "decorator": """
def twice(function):
    def wrapped(*args, **kwargs):
        function(*args, **kwargs)
        return function(*args, **kwargs)
    return wrapped

@twice
def lift(height):
    move_by(dz=height)
lift(0.05)
""",
}


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT.keys())
def test_right_program_has_no_problems(source: str) -> None:
    assert check(source, REGISTRY) == []


@pytest.mark.parametrize("source", RIGHT.values(), ids=RIGHT.keys())
def test_right_program_within_a_function_has_no_problems(source: str) -> None:
    if "global" in source or "import *" in source or "__future__" in source or "rebinding" in source:
        pytest.skip("means something else within a function")
    if any(f"{name} = " in source for name in ("region", "list", "max", "input")):
        pytest.skip("what it rebinds would not be seen within a function")
    body = "\n".join("    " + line for line in source.strip().splitlines())
    assert check(f"def main():\n{body}\nmain()", REGISTRY) == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_type_parameters_and_nested_quotes_of_newer_pythons() -> None:
    source = """
type Point = tuple[float, float]
def first[T](items: list[T], *rest: T) -> T:
    return items[0]
class Holder[T]:
    item: T
pick(first(detect("block")))
say(f"{find("bowl").name} {f"{1 + 1}"}")
"""
    assert check(source, REGISTRY) == []
    assert [p.code for p in check(source + 'pick(find(f"{blok}"))', REGISTRY)] == ["name"]


def test_the_programs_in_the_documentation_run() -> None:
    page = Path(__file__).parents[2] / "docs" / "check.md"
    snippets = re.findall(r"```python\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert snippets
    for snippet in snippets:
        exec(snippet, {})


def test_a_large_right_program_is_checked_in_under_two_seconds() -> None:
    source = "\n".join(
        f'b{i} = find("block {i}")\npick(b{i})\nplace_at(b{i}.position + (0, 0, 0.1))' for i in range(700)
    )
    begin = time.perf_counter()
    assert check(source, REGISTRY) == []
    assert time.perf_counter() - begin < 2
