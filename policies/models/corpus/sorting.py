"""Families that give each thing its own place: by colour, or just another one."""

from __future__ import annotations

from .scene import Sample, Scene
from .subjects import all_of
from .vocabulary import ALL_KINDS, OTHER_HOLDERS, OTHER_ITEMS, OTHER_SURFACES, plural
from .wording import expand, say

_SAME = "(matching|matching|matching|same|corresponding|own|identical)"
_OTHERS = 0.5  # share of wordings that come from frames
_COLOR = "(color|colors|color|colors)"


def _pairs(scene: Scene, kind: str, holder: str, extra: int = 0) -> None:
    """Things of a kind and holders in the same colours, and holders in others."""
    colors = [scene.color() for _ in range(scene.rng.choice((2, 3, 3)))]
    colors = list(dict.fromkeys(colors))
    scene.things += [f"{c} {kind}" for c in colors] + [f"{c} {holder}" for c in colors]
    for _ in range(extra):
        scene.add(holder)
    scene.closed |= {kind, holder, *colors}


def _holder(scene: Scene) -> str:
    return scene.rng.choice(("bowl", "bowl", "bowl", "bowl", "tray", "zone", scene.holder_kind()))


def _loop(kind: str, holder: str, how: str) -> str:
    return f'for thing in detect("{kind}"):\n    pick(thing)\n    place_in(partner(thing, "{holder}", "{how}"))'


def matching(scene: Scene) -> Sample:
    """Each thing to the holder of its colour."""
    rng = scene.rng
    kind, holder = ("block", "bowl") if rng.random() < 0.55 else (scene.item_kind(), _holder(scene))
    _pairs(scene, kind, holder, int(rng.random() < 0.3))
    things, bowls, bowl, one = all_of(scene, kind), scene.noun(holder, True), scene.noun(holder), scene.noun(kind)
    how = expand(_SAME, rng)
    if rng.random() < 0.10:
        how = scene.invent("matching")
    prep = "(in|into|inside|to)" if ALL_KINDS[holder].role in ("bowl", "tray") else "(on|onto|on)"
    put = "(put|put|place|sort|move|drop|distribute|bring|set)"
    if how == "own":
        words = say(
            rng,
            f"{put} <A> {prep} the <W> (of|with|that has) (their|its|their) own {_COLOR}",
            f"{put} (each|every) <O> {prep} the <W> of its own {_COLOR}",
            f"<A> (go|belong|should go|must be) {prep} the <W> of their own {_COLOR}",
            f"(each|every) <O> (goes|belongs|should go) {prep} (its own <W>|the <W> of its own {_COLOR})",
            A=things, W=bowl, O=one,
        )  # fmt: skip
    else:
        words = say(
            rng,
            f"{put} <A> {prep} the <B> with {how} {_COLOR}",
            f"{put} <A> {prep} the <B> with (the |){how} {_COLOR}",
            f"{put} <A> {prep} <B> of (the |){how} {_COLOR}",
            f"{put} (each|every) <O> {prep} the <W> (of|with|that has) (the |a |){how} {_COLOR}",
            f"{put} <A> {prep} (the |their |){how} <B>" if how != "same" else f"{put} <A> {prep} the <B> of the same {_COLOR}",
            f"<A> (go|belong|should go|must go) {prep} the <B> (with|of) (the |){how} {_COLOR}",
            f"sort <A> by {_COLOR} {prep} the {how} <B>" if how != "same" else f"{put} <A> {prep} <B> of the same {_COLOR}",
            A=things, B=bowls, W=bowl, O=one,
        )  # fmt: skip
    roll = rng.random()
    if roll < 0.32:
        how = "matching"
        words = say(
            rng,
            f"(sort|group|order|separate|organize|distribute) <A> by {_COLOR}( {prep} the <B>|, {prep} the <B>|)",
            f"(match|pair) <A> (with|to) the <B>( by {_COLOR}|)",
            f"<A> {prep} the <B> (by|according to) {_COLOR}",
            f"(each|every) <O> {prep} the <W> (that matches|which matches|matching) (it|its {_COLOR})",
            f"{put} <A> {prep} the <B> (that match|which match|that match their color|matching them)",
            f"{put} <A> where (their|the) color is",
            "(color|colour)-match <A> (and|with) the <B>",
            "sort <A> into the <B>",
            f"(tidy up|clean up)(:|,) <A> {prep} the <W> of matching {_COLOR}",
            f"{put} like with like: <A> {prep} the <B>",
            A=things, B=bowls, W=bowl, O=one, N=scene.noun(kind, True),
        )  # fmt: skip
    if rng.random() < _OTHERS:
        how = "matching"
        words = say(rng, group="match", A=things, B=bowls, W=bowl, O=one)
    return Sample("matching", (), words, _loop(kind, holder, how), f"match({kind}, {holder})")


def differing(scene: Scene) -> Sample:
    """Each thing to a holder of another colour; not of blocks and bowls, where that is an unseen template."""
    rng = scene.rng
    kind = rng.choice(("cylinder", "cylinder", rng.choice(OTHER_ITEMS).noun, "block"))
    holder = rng.choice(("tray", "zone", rng.choice(OTHER_HOLDERS).noun, rng.choice(OTHER_SURFACES).noun))
    if kind != "block" and rng.random() < 0.45:
        holder = "bowl"
    _pairs(scene, kind, holder)
    bowls, bowl, one = scene.noun(holder, True), scene.noun(holder), scene.noun(kind)
    things = all_of(scene, kind)
    how = rng.choice(("different", "different", "other", "another", "differing", "wrong", "unequal"))
    if rng.random() < 0.35:
        how = scene.invent("different")
    prep = "(in|into|inside)" if ALL_KINDS[holder].role in ("bowl", "tray") else "(on|onto)"
    put = "(put|put|place|sort|move|drop|distribute|bring|set)"
    a = "an" if how in ("another", "other", "unequal") else "a"
    of = f"(of|with|that have|having) {how}" if how != "another" else "of another"
    words = say(
        rng,
        f"{put} <A> {prep} the <B> with {how} {_COLOR}" if how not in ("another",) else f"{put} <A> {prep} <B> {of} {_COLOR}",
        f"{put} <A> {prep} the <B> with {how} {_COLOR}" if how not in ("another",) else f"{put} <A> {prep} <B> {of} {_COLOR}",
        f"{put} <A> {prep} <B> {of} {_COLOR}",
        f"{put} (each|every) <O> {prep} a <W> of {a if how != 'another' else ''} {how} color",
        f"<A> (go|belong|should go) {prep} <B> {of} {_COLOR}",
        A=things, B=bowls, W=bowl, O=one,
    )  # fmt: skip
    roll = rng.random()
    if roll < 0.3:
        how = "different"
        words = say(
            rng,
            f"{put} <A> {prep} <B> (that do not have|which don't have|that don't have|without) their (own |)color",
            f"no <O> may (be|end up|lie) {prep} (a|the) <W> of its (own |)color, but all must be {prep} one",
            f"{put} (each|every) <O> {prep} a <W> that (does not|doesn't) (match|match it|match its color|have its color)",
            f"{put} <A> {prep} <B> (that|which) (do not|don't) match( them|)",
            f"{put} <A> {prep} the non-matching <B>",
            A=things, B=bowls, W=bowl, O=one,
        )  # fmt: skip
        if "non-matching" in words:
            how = "non-matching"
    if rng.random() < _OTHERS:
        how = "different"
        words = say(rng, group="differ", A=things, B=bowls, W=bowl, O=one)
    return Sample("differing", (), words, _loop(kind, holder, how), f"mismatch({kind}, {holder})")


def spread(scene: Scene) -> Sample:
    """Each thing to another place of a kind: holders, or the sides of the table."""
    rng = scene.rng
    kind = scene.item_kind()
    where = rng.choice(("side", "side", "bowl", "tray", "zone", scene.holder_kind()))
    count = (
        rng.choice((2, 3, 3))
        if where == "tray"
        else rng.choice((2, 3, 3, 4))
        if where == "side"
        else rng.choice((2, 3))
    )
    scene.several(kind, count)
    if where != "side":
        scene.several(where, count)
    scene.closed |= {kind, where, "tray", "bowl"}
    things, one = all_of(scene, kind), scene.noun(kind)
    places = scene.noun(where, True) if where != "side" else "sides"
    place = scene.noun(where) if where != "side" else "side"
    goal, asked = where, plural(where)
    if where == "side" and kind != "block" and rng.random() < 0.35:
        # Parts of the table by a word that nobody knows; not of blocks: see vocabulary.
        goal = rng.choice(("side", "corner"))
        place = scene.invent(goal)
        places = asked = plural(place)
        scene.lexicon[places] = f"{goal}s"
    role = ALL_KINDS[where].role if where != "side" else ""
    prep = "(in|into)" if role in ("bowl", "tray") else "(on|on|onto|at|in)" if where == "side" else "(on|onto)"
    different = rng.choice(("different", "different", "different", "separate", "distinct", "various"))
    if rng.random() < 0.2:
        different = scene.invent("different")
    table = "( of the table|)" if where == "side" else ""
    words = say(
        rng,
        f"(put|place|move|set|lay|drop) <A> {prep} {different} <P>{table}",
        f"(put|place|move|set|lay|drop) <A> {prep} {different} <P>{table}",
        f"(put|place|move|set) (each|every) <O> {prep} (another|its own|a different|a separate) <Q>{table}",
        f"(spread|distribute|divide|scatter|split) <A> (over|across|among|between|onto) (the|different|all the|the "
        f"different) <P>{table}",
        "one <O> (per|for each|for every) <Q>",
        f"(put|place) (one|a) <O> {prep} (each|every) (of the <P>|<Q>){table}",
        f"(each|every) <O> (goes|belongs|should go) {prep} (a different|its own|another) <Q>{table}",
        f"<A> (go|should go|belong|must be) {prep} {different} <P>",
        group="spread", A=things, O=one, P=places, Q=place,
    )  # fmt: skip
    code = f'for thing, place in zip(detect("{kind}"), places("{asked}")):\n    pick(thing)\n    place_in(place)'
    return Sample("spread", (), words, code, f"spread({kind}, {goal})")
