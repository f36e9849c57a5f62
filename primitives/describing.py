"""Primitives for things and places that are described by where they are: the closest, the third from the right, a
little to the left of, between. They take the words as a person says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from .context import Context
from .errors import PrimitiveError
from .geometry import REGION_NAMES, find_region
from .perceive import meant, resolve
from .perception.query import match
from .placing import contents, radius
from .registry import primitive
from .resting import rests
from .values import Object, Region
from .words import FAR_WORDS, MIDDLE_WORDS, NEAR_WORDS, alike, direction, distance, is_direction, rank

_GAP = 0.05  # m between the edge of a thing and the middle of what is put beside it, when no distance is given
_LEAST_AHEAD = 1e-6
_OUTERMOST = NEAR_WORDS | FAR_WORDS | {"most", "outermost"}  # with a side of the table: the first from there


def middle(of: Object | Region) -> np.ndarray:
    """Centre (2,) on the table, m."""
    return (of.position if isinstance(of, Object) else of.center)[:2]


def named_regions(name: str) -> list[Region]:
    """The regions that "corners", "sides" or "corner" mean; [] for other words."""
    words = {w.removesuffix("s") for w in name.lower().split()} - {"the", "all", "different", "a", "each", "four"}
    if words <= {"corner", "side"} and words:
        return [find_region(n) for n in REGION_NAMES if n.split()[-1] in words]
    return []


def counts_from(how: str, reference: object) -> bool:
    """Whether `how` counts from a side of the table, as "second" and "farthest" do where the reference is "left"."""
    if not isinstance(reference, str) or not is_direction(reference):
        return False
    return rank(how) is not None or bool(set(how.lower().split()) & (_OUTERMOST | MIDDLE_WORDS))


def select(
    candidates: Sequence[Object | Region], how: str, reference: Object | Region | str | None
) -> list[Object | Region]:
    """The candidates in the order of preference that `how` means with regard to `reference`, the best first.

    Ranks count from a direction; a direction leaves only what lies in that quarter. PrimitiveError('invalid_argument').
    """
    words = set(how.lower().split())
    if isinstance(reference, str):
        way = direction(reference)
        if words & MIDDLE_WORDS:
            index = len(candidates) // 2 if len(candidates) % 2 else len(candidates)  # of an even number none
        else:
            index = 0 if words & _OUTERMOST else rank(how)
        if index is None:
            raise PrimitiveError("invalid_argument", f"{how!r} is no rank", valid=["first", "second", "last", "middle"])
        order = sorted(candidates, key=lambda c: -float(middle(c) @ way))
        return [order[index]] if -len(order) <= index < len(order) else []
    if reference is None:
        if not is_direction(how):
            raise PrimitiveError("invalid_argument", f"{how!r} needs something that it refers to")
        way = direction(how)
        return sorted(candidates, key=lambda c: -float(middle(c) @ way))
    offsets = {id(c): middle(c) - middle(reference) for c in candidates}
    if words & NEAR_WORDS:
        return sorted(candidates, key=lambda c: float(np.linalg.norm(offsets[id(c)])))
    if words & FAR_WORDS:
        return sorted(candidates, key=lambda c: -float(np.linalg.norm(offsets[id(c)])))
    way = direction(how)
    across = np.array([-way[1], way[0]])
    ahead = {key: (float(o @ way), abs(float(o @ across))) for key, o in offsets.items()}
    there = [c for c in candidates if ahead[id(c)][0] > max(ahead[id(c)][1], _LEAST_AHEAD)]
    return sorted(there, key=lambda c: float(np.linalg.norm(offsets[id(c)])))


@primitive(tier="high")
def choose(ctx: Context, query: str, how: str, reference: Object | Region | str | None = None) -> Object | Region:
    """The one thing or place among those that match `query` which is meant by how it lies.

    choose("block", "closest", "blue bowl") or "farthest"; choose("block", "left", "blue bowl"): the block to the left
    of that bowl; choose("block", "second", "top"): the second block counted from the top; choose("block", "last",
    "left"); choose("block", "middle", "left"): of three the second; choose("block", "farthest", "left"): the leftmost.
    The query "corner" or "side" chooses among the Regions of the table: choose("corner", "closest", "red bowl").
    Raises not_found when there is none, invalid_argument for words that are not understood.
    """
    candidates: Sequence[Object | Region] = _matching(ctx, query)
    anchor: Object | Region | str | None = reference
    if isinstance(reference, str) and not counts_from(how, reference):
        # What is held counts from where it was taken.
        held = ctx.held.object if ctx.held is not None else None
        anchor = held if held is not None and held.name == reference else resolve(ctx, reference, "reference")
    candidates = [c for c in candidates if not (isinstance(c, Object) and c == anchor)]
    best = select(candidates, how, anchor)
    if not best:
        whose = reference if isinstance(reference, str) else getattr(reference, "name", "")
        raise PrimitiveError("not_found", f"there is no {how} {query} {whose}".rstrip(), query=query)
    chosen = best[0]
    assert isinstance(chosen, (Object, Region))
    return chosen


def _matching(ctx: Context, query: str) -> Sequence[Object | Region]:
    regions = named_regions(query)
    if regions and not any(o.kind == "corner" for o in ctx.objects()):
        return regions
    return meant(ctx, query)


@primitive(tier="high")
def places(ctx: Context, name: str) -> list[Object | Region]:
    """All places of a kind, to give each of several things its own: "corners" or "sides" of the table (those where no
    bowl or tray stands come first), or things in view such as "bowls" (the empty ones first). For place_in.
    """
    objects = ctx.objects()
    regions = named_regions(name)
    if regions and not any(o.kind == "corner" for o in objects):
        return list(emptiest(regions, objects))
    found = sorted(match(name, objects), key=lambda o: len(contents(o, objects)))
    return list(found)


def emptiest(regions: Sequence[Region], objects: Sequence[Object]) -> list[Region]:
    """The regions, those first into which fewest bowls and trays reach."""

    def bulky(r: Region) -> int:
        big = [o for o in objects if o.kind in ("bowl", "tray")]
        return sum(bool((np.abs(middle(o) - r.center[:2]) < r.size / 2 + radius(o)).all()) for o in big)

    return sorted(regions, key=bulky)


@primitive(tier="high")
def beside(ctx: Context, reference: Object | Region | str, way: str, far: float | str | None = None) -> np.ndarray:
    """The point (x, y) in metres that lies some way from the middle of a thing, for place_at.

    way: "left", "right", "top" (or "behind"), "bottom" (or "in front of"), or two of them. far: metres, or words:
    "10 cm", "a little" (10 cm), "a lot" (19 cm); by default just beside it. Given an object from find(), it counts
    from where that was seen: start = find("red block"); pick(start); place_at(beside(start, "left", "5 cm")).
    """
    anchor = reference if isinstance(reference, (Object, Region)) else resolve(ctx, reference, "reference")
    return offset_point(anchor, way, far)


def offset_point(anchor: Object | Region, way: str, far: float | str | None) -> np.ndarray:
    """`beside`, for a thing that is known. Point (2,), m."""
    reach = distance(far) if far is not None else (radius(anchor) if isinstance(anchor, Object) else 0.0) + _GAP
    return middle(anchor) + reach * direction(way)


@primitive(tier="high")
def between(ctx: Context, first: Object | str, second: Object | str) -> np.ndarray:
    """The point (x, y) in metres halfway between the middles of two things, for place_at."""
    return (middle(resolve(ctx, first, "first")) + middle(resolve(ctx, second, "second"))) / 2


@primitive(tier="high")
def partner(ctx: Context, thing: Object | str, query: str, how: str = "matching") -> Object:
    """The thing among those that match `query` which goes with another one by colour.

    how: "matching" (or "same", "own"): of its colour; "different" (or "mismatched", "other"): of another colour, an
    empty one first. partner(block, "bowl") is the bowl of the block's colour. Raises not_found, invalid_argument.
    """
    held = ctx.held.object if ctx.held is not None else None
    if isinstance(thing, Object):
        one = thing
    else:
        one = held if held is not None and held.name == thing else resolve(ctx, thing, "thing")
    objects = ctx.objects()
    found = match(query, objects)
    inside = {c.id: sum(o != one for o in contents(c, objects)) for c in found}
    fitting = partners(one, found, how, inside)
    if not fitting:
        raise PrimitiveError("not_found", f"no {query} has a color {how} to the {one.name}", query=query)
    return fitting[0]


def partners(one: Object, candidates: Sequence[Object], how: str, inside: Mapping[int, int]) -> list[Object]:
    """Candidates of the same or of another colour than `one`, the best first.

    inside: how many things each candidate (by id) holds; the emptiest come first, and among these the next colour
    in the alphabet, round and round: things and holders of the same colours so get one each.
    """
    same = alike(how)
    fitting = [c for c in candidates if c != one and (c.color == one.color) == same]
    return sorted(fitting, key=lambda c: (inside[c.id], c.color < one.color, c.color))


@primitive(tier="high")
def is_at(ctx: Context, thing: Object | str, where: Object | Region | Sequence[float] | np.ndarray | str) -> bool:
    """Whether a thing rests on or in another one, in a Region (or a region's name), or at a point (x, y) in metres."""
    one = resolve(ctx, thing, "thing")
    if isinstance(where, str):
        found = match(where, ctx.objects()) if not _region_name(where) else []
        if not found:
            where = find_region(where)
        else:
            return any(rests(one, other) for other in found)
    elif isinstance(where, Object):
        where = resolve(ctx, where, "where")
    return rests(one, where)


def _region_name(words: str) -> bool:
    try:
        find_region(words)
    except PrimitiveError:
        return False
    return True
