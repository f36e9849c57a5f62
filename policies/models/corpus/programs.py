"""The programs that the author learns to write: short, loop and perception based, one idiom per kind of job."""

from __future__ import annotations

from collections.abc import Sequence

# Nothing else stands in the chosen row (or column), so the blocks do not meet while they are lined up.
_FREE_X = "xs = np.array([o.x for o in detect()])\nx = max(np.linspace(0.35, 0.65, 7), key=lambda x: min(abs(xs - x)))"
_FREE_Y = (
    "ys = np.array([o.y for o in detect()])\ny = max(np.linspace(-0.25, 0.25, 11), key=lambda y: min(abs(ys - y)))"
)

ROW_SLOTS = {
    "left": "(x, 0.2 - 0.1 * i)",  # from the left
    "right": "(x, 0.1 * i - 0.2)",
    "top": "(0.68 - 0.08 * i, y)",
    "bottom": "(0.36 + 0.08 * i, y)",
}


def quoted(names: Sequence[str]) -> str:
    return "[" + ", ".join(f'"{n}"' for n in names) + "]"


def put(item: str, target: str, how: str) -> str:
    return f'pick("{item}")\n{how}("{target}")'


def put_all(query: str, target: str, how: str, condition: str = "") -> str:
    if condition:
        return f'for block in detect("{query}"):\n    if {condition}:\n        pick(block)\n        {how}("{target}")'
    return f'for block in detect("{query}"):\n    pick(block)\n    {how}("{target}")'


def put_listed(names: Sequence[str], target: str, how: str) -> str:
    return f'for name in {quoted(names)}:\n    pick(name)\n    {how}("{target}")'


def refill(query: str, target: str, how: str) -> str:
    """After a failure: leave alone what is in its place already."""
    return (
        f'goal = find("{target}")\nfor block in detect("{query}"):\n'
        "    if np.hypot(block.x - goal.x, block.y - goal.y) > 0.05:\n"
        f"        pick(block)\n        {how}(goal)"
    )


def matching() -> str:
    return 'for block in detect("block"):\n    pick(block)\n    place_in(f"{block.color} bowl")'


def rematch() -> str:
    return (
        'for block in detect("block"):\n    bowl = find(f"{block.color} bowl")\n'
        "    if np.hypot(block.x - bowl.x, block.y - bowl.y) > 0.05:\n        pick(block)\n        place_in(bowl)"
    )


def mismatched() -> str:
    return (
        'bowls = detect("bowl")\nfor block in detect("block"):\n    pick(block)\n'
        "    place_in(next(bowl for bowl in bowls if bowl.color != block.color))"
    )


def stack(names: Sequence[str], reverse: bool = False) -> str:
    """Names from the lowest to the highest, or the other way round when `reverse`."""
    flip = "[::-1]" if reverse else ""
    return (
        f"names = {quoted(names)}{flip}\nfor below, above in zip(names, names[1:]):\n"
        "    pick(above)\n    place_on(below)"
    )


def stack_any(query: str = "block") -> str:
    return (
        f'names = [block.name for block in detect("{query}")]\nfor below, above in zip(names, names[1:]):\n'
        "    pick(above)\n    place_on(below)"
    )


def to_region(item: str, region: str) -> str:
    return f'pick("{item}")\nplace_at(region("{region}"))'


def all_to_region(query: str, region: str) -> str:
    return f'for block in detect("{query}"):\n    pick(block)\n    place_at(region("{region}"))'


def rest_to_region(query: str, region: str) -> str:
    """After a failure: only what is not in the region yet."""
    return (
        f'spot = region("{region}")\nfor block in detect("{query}"):\n'
        "    if any(abs(block.position[:2] - spot.center[:2]) > spot.size / 2):\n"
        "        pick(block)\n        place_at(spot)"
    )


def line(start: str, names: Sequence[str] | None = None) -> str:
    """A row from the side `start`: of all blocks, or of these names in this order."""
    free = _FREE_X if start in ("left", "right") else _FREE_Y
    each, what = ("block", 'detect("block")') if names is None else ("name", quoted(names))
    return f"{free}\nfor i, {each} in enumerate({what}):\n    pick({each})\n    place_at({ROW_SLOTS[start]})"


def pyramid(names: Sequence[str] | None, top: str = "") -> str:
    """Two side by side and the third over the gap between them; `top`: the colour of the third, if it matters."""
    what = 'detect("block")' if names is None else quoted(names)
    if top:
        what = f'sorted(detect("block"), key=lambda block: block.color == "{top}")'
    return (
        f"{_FREE_X}\nspots = [(x, 0.023), (x, -0.023), (x, 0)]\n"
        f"for block, spot in zip({what}, spots):\n    pick(block)\n    place_at(spot, yaw=0)"
    )


def beside(item: str, other: str, offset: tuple[float, float]) -> str:
    return f'other = find("{other}")\npick("{item}")\nplace_at(other.position[:2] + {_vector(offset)})'


def shift(item: str, offset: tuple[float, float]) -> str:
    return f'start = find("{item}")\npick(start)\nplace_at(start.position[:2] + {_vector(offset)})'


def between(item: str, first: str, second: str) -> str:
    return f'a, b = find("{first}"), find("{second}")\npick("{item}")\nplace_at((a.position[:2] + b.position[:2]) / 2)'


def swap(first: str, second: str) -> str:
    return (
        f'a, b = find("{first}"), find("{second}")\npick(a)\nplace_at(region("middle"))\n'
        f'pick(b)\nplace_at(a.position[:2])\npick("{first}")\nplace_at(b.position[:2])'
    )


def say(expression: str) -> str:
    return f"say({expression})"


def _vector(offset: tuple[float, float]) -> str:
    return "[" + ", ".join(f"{v:g}" if v else "0" for v in offset) + "]"
