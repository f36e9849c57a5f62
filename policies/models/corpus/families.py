"""All families, how often each is drawn, and the drawing of one example."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from . import again, answering, arranging, clauses, everything, moving, refusing, sorting, stacking, standing
from .commands import free
from .scene import Sample, Scene
from .vocabulary import breaks_split
from .wording import polish

Maker = Callable[[Scene], Sample]

FAMILIES: dict[str, tuple[Maker, float]] = {
    "put": (moving.put_one, 8),
    "place": (moving.place_one, 4),
    "one": (moving.any_one, 11),
    "relation": (moving.relation_to_region, 10),
    "offset": (moving.named_to_relation, 9),
    "several": (moving.several, 10),
    "everything": (everything.everything_into, 14),
    "shift": (moving.shift, 3),
    "stack-all": (stacking.stack_all, 3),
    "stack-at": (stacking.stack_at, 3),
    "stack-order": (stacking.stack_order, 9),
    "stack-partly": (stacking.stack_partly, 5),
    "stack-some": (stacking.stack_some, 2),
    "unstack": (stacking.unstack, 1.5),
    "standing": (standing.standing, 14),
    "matching": (sorting.matching, 6),
    "differing": (sorting.differing, 5),
    "spread": (sorting.spread, 7),
    "line": (arranging.line, 6),
    "some-line": (arranging.some_line, 2.5),
    "circle": (arranging.circle, 1),
    "pyramid": (arranging.pyramid, 4),
    "swap": (arranging.swap, 2),
    "clauses": (clauses.several_commands, 9),
    "the-rest": (clauses.the_rest, 2),
    "condition": (clauses.condition, 4.5),
    "back": (clauses.back_again, 1),
    "undo-both": (clauses.undo_both, 0.7),
    "same": (clauses.same_with_others, 1.3),
    "some-of": (clauses.some_of, 4),
    "impossible": (refusing.impossible, 5),
    "absent": (refusing.absent, 8),
    "absent-all": (refusing.several_absent, 1.5),
    "which-one": (refusing.which_one, 3.5),
    "unclear": (refusing.unclear, 3),
    "told-to-ask": (refusing.told_to_ask, 0.7),
    "how-many": (answering.how_many, 1.5),
    "is-there": (answering.is_there, 1.5),
    "compare": (answering.compare, 0.8),
    "names": (answering.tell_names, 2.5),
    "repair-not-found": (again.not_found, 0.7),
    "repair-ambiguous": (again.ambiguous, 0.5),
    "earlier": (again.earlier, 2),
    "free": (free, 400),
}
REPAIR = "repair"
_REPAIRS = 0.08  # share of all examples
_TO_REPAIR = ("put", "place", "one", "relation", "offset", "several", "stack-order", "stack-some", "matching", "differing",
              "spread", "line", "clauses", "the-rest", *4 * ["stack-all"])  # fmt: skip
_TRIES = 200


def draw_sample(rng: Random, family: str | None = None) -> Sample:
    """One random example, of the given family or of one drawn by its weight; its wording keeps to the split."""
    if family is None:
        names = list(FAMILIES)
        family = REPAIR if rng.random() < _REPAIRS else rng.choices(names, [FAMILIES[n][1] for n in names])[0]
    for _ in range(_TRIES):
        sample = _repair(rng) if family == REPAIR else _draw(rng, family)
        if sample is not None and not any(breaks_split(text) for text in (sample.instruction, sample.earlier)):
            return sample
    raise RuntimeError(f"family {family!r} makes no wording that keeps to the split")


def _repair(rng: Random) -> Sample | None:
    return again.after_failure(lambda r: _draw(r, r.choice(_TO_REPAIR)), rng)


def _draw(rng: Random, family: str) -> Sample:
    scene = Scene(rng)
    sample = FAMILIES[family][0](scene)
    if sample.scene:
        things = list(sample.scene)
        if not any(" on " in t for t in things):
            rng.shuffle(things)
        in_view = tuple(things)
    else:
        scene.bystanders()
        in_view = scene.shuffled()
    return replace(
        sample,
        family=family,
        scene=standing.piled(in_view, rng),
        instruction=polish(sample.instruction, rng),
        earlier=polish(sample.earlier, rng) if sample.earlier else "",
        lexicon=dict(scene.lexicon),
    )
