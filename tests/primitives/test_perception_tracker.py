"""Ids that stay with their objects."""

from __future__ import annotations

import numpy as np

from capra.primitives.perception.tracker import Tracker
from capra.primitives.values import Object


def block(color: str, x: float, y: float) -> Object:
    return Object(f"{color} block", "block", color, np.array([x, y, 0.02]), np.full(3, 0.04), 0.0)


def ids(objects: list[Object]) -> list[int]:
    return [o.id for o in objects]


def test_still_objects_keep_their_ids_in_any_order():
    tracker = Tracker()
    a, b, c = block("red", 0.4, 0.0), block("red", 0.5, 0.0), block("blue", 0.6, 0.0)
    assert ids(tracker.update([a, b, c])) == [1, 2, 3]
    assert ids(tracker.update([c, block("red", 0.502, 0.001), a])) == [3, 2, 1]


def test_a_moved_object_is_itself_while_its_twin_stayed():
    tracker = Tracker()
    tracker.update([block("red", 0.4, 0.0), block("red", 0.5, 0.0)])
    assert ids(tracker.update([block("red", 0.5, 0.0), block("red", 0.6, 0.3)])) == [2, 1]


def test_a_moved_object_does_not_take_the_id_of_the_place_it_came_to():
    tracker = Tracker()
    tracker.update([block("red", 0.4, 0.0), block("blue", 0.5, 0.0)])
    assert ids(tracker.update([block("blue", 0.4, 0.0)])) == [2]


def test_what_was_carried_out_of_sight_comes_back_as_itself():
    tracker = Tracker()
    tracker.update([block("red", 0.4, 0.0), block("blue", 0.5, 0.0)])
    assert ids(tracker.update([block("blue", 0.5, 0.0)])) == [2]
    assert ids(tracker.update([block("blue", 0.5, 0.0), block("red", 0.6, 0.2)])) == [2, 1]


def test_what_is_lost_does_not_take_the_id_of_what_is_in_view():
    tracker = Tracker()
    tracker.update([block("red", 0.4, 0.0), block("red", 0.5, 0.0)])
    tracker.update([block("red", 0.5, 0.0)])
    assert ids(tracker.update([block("red", 0.55, 0.0)])) == [2]


def test_a_new_object_gets_a_new_id():
    tracker = Tracker()
    tracker.update([block("red", 0.4, 0.0)])
    assert ids(tracker.update([block("red", 0.4, 0.0), block("red", 0.6, 0.0), block("pink", 0.5, 0.0)])) == [1, 2, 3]
    assert tracker.update([]) == []


def test_a_bowl_does_not_become_a_tray_because_a_block_leans_against_it() -> None:
    def container(kind: str, x: float, color: str = "red") -> Object:
        return Object(f"{color} {kind}", kind, color, np.array([x, 0.0, 0.022]), np.array([0.13, 0.13, 0.045]), 0.0)

    tracker = Tracker()
    (bowl,) = tracker.update([container("bowl", 0.5)])
    (same,) = tracker.update([container("tray", 0.503)])
    assert (same.name, same.id) == ("red bowl", bowl.id)
    # Another place, another colour, or the bowl in view beside it: then it is a tray.
    assert tracker.update([container("tray", 0.6)])[0].name == "red tray"
    tracker = Tracker()
    tracker.update([container("bowl", 0.5)])
    assert tracker.update([container("tray", 0.5, "blue")])[0].name == "blue tray"
    tracker = Tracker()
    tracker.update([container("bowl", 0.5)])
    seen = tracker.update([container("tray", 0.503), container("bowl", 0.51)])
    assert [o.name for o in seen] == ["red tray", "red bowl"]
