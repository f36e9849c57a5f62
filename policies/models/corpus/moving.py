"""Families of one command: something, one thing or several, goes somewhere."""

from __future__ import annotations

from .destinations import (
    MANY_GO,
    ONE_GOES,
    Destination,
    command,
    draw_destination,
    goals_for,
    how_far,
    into,
    nearest_to_it,
    region,
)
from .scene import Sample, Scene
from .subjects import SEVERAL, SINGLE, Subject, draw, named, side_word
from .wording import expand, framed, imperative, say


def _sample(family: str, scene: Scene, subject: Subject, destination: Destination, words: str = "") -> Sample:
    return Sample(
        family,
        (),
        words or wording(scene, subject, destination),
        command(subject, destination),
        goals_for(subject, destination),
    )


def wording(scene: Scene, subject: Subject, destination: Destination) -> str:
    rng, roll = scene.rng, scene.rng.random()
    if subject.group and roll < 0.5:
        return framed(rng, subject.group, {**subject.parts, "D": destination.words})
    if destination.bare and roll < 0.25 and not (subject.many and destination.group == "on-top"):
        group = destination.group
        if group == "fill":
            group = "fill-many" if subject.many else "fill-one"
        return say(
            rng,
            group=group,
            X=subject.words,
            A=subject.words,
            T=destination.bare,
            Y=destination.bare,
            P=destination.bare,
        )
    return imperative(rng, subject.words, destination.words, subject.many)


def put_one(scene: Scene) -> Sample:
    """A named thing goes into or onto another."""
    return _sample("put", scene, named(scene), into(scene))


def place_one(scene: Scene) -> Sample:
    """A named thing goes to a part of the table."""
    return _sample("place", scene, named(scene), region(scene))


def any_one(scene: Scene) -> Sample:
    """One thing, however it is told, goes wherever."""
    while True:
        subject = draw(scene, SINGLE)
        destination = draw_destination(scene, ONE_GOES)
        if len(scene.things) <= 8:
            return _sample("one", scene, subject, destination)
        scene.things.clear()
        scene.closed.clear()
        scene.lexicon.clear()


def relation_to_region(scene: Scene) -> Sample:
    """What lies in some relation goes to a part of the table, or into something."""
    subject = draw(scene, SINGLE[1:])
    destination = region(scene) if scene.rng.random() < 0.7 else into(scene, stacking=False)
    return _sample("relation", scene, subject, destination)


def named_to_relation(scene: Scene) -> Sample:
    """A named thing goes somewhere in relation to another."""
    if scene.rng.random() < 0.1:
        subject = named(scene)
        words, code, goal = nearest_to_it(scene, subject)
        program = f"home = {code}\npick({subject.code})\nplace_in(home)"
        return Sample("offset", (), imperative(scene.rng, subject.words, words), program, f"in({subject.goal}, {goal})")
    return _sample("offset", scene, named(scene), draw_destination(scene, ONE_GOES[2:]))


def several(scene: Scene) -> Sample:
    """Several things go to one place."""
    subject = draw(scene, SEVERAL)
    destination = draw_destination(scene, MANY_GO)
    while not destination.many:
        scene.things.pop()
        destination = draw_destination(scene, MANY_GO)
    words = ""
    if subject.many and scene.rng.random() < 0.12 and destination.call.startswith("place_in"):
        what = destination.words.split(" ", 1)[1]
        words = say(
            scene.rng,
            "(fill|load|stuff) <W> with <X>",
            "(gather|collect|assemble|unite|bring together) <X> <D>",
            "(tidy|clean|clear) <X> (up |away |)<D>",
            W=what,
            X=subject.words,
            D=destination.words,
        )
    elif scene.rng.random() < 0.12:
        words = say(
            scene.rng,
            "(gather|collect|assemble|tidy|clear|clean|push|heap) <X> <D>",
            "<D> (i want|i'd like|we want) to (see|have) <X>",
            X=subject.words,
            D=destination.words,
        )
    return _sample("several", scene, subject, destination, words)


def shift(scene: Scene) -> Sample:
    """Some way from where it is."""
    rng = scene.rng
    subject = named(scene)
    word, way = side_word(scene)
    phrase = rng.choice((f"to the {word}", f"to the {word}", word, f"towards the {word}"))
    if rng.random() < 0.2:
        word, way = rng.choice((("away", "top"), ("closer", "bottom"), ("towards", "bottom"), ("forward", "top"),
                                ("backwards", "bottom")))  # fmt: skip
        phrase = {
            "away": "away (from you|from the robot|)", "closer": "closer to (you|the robot)",
            "towards": "towards (you|yourself|the robot)", "forward": "forward(s|)", "backwards": "backwards",
        }[word]  # fmt: skip
    start = f"start = find({subject.code})\npick(start)\n"
    if rng.random() < 0.35:
        said = rng.choice(("a little", "a bit", "slightly", "a tad", f"a {scene.invent('little')}"))
        words = say(rng, "(move|shift|push|slide|nudge|bring) <X> <F> <P>",
                    "(move|shift|nudge|push) <X> <P> <F>", group="shift", X=subject.words, F=said, P=expand(phrase, rng))  # fmt: skip
        goal = f"beside({subject.goal}, {way}, start, 5, 15)"
    else:
        said, _, cm = how_far(scene)
        words = say(
            rng,
            "(move|shift|push|slide|displace|nudge|carry|bring) <X> <F> <P>",
            "(move|shift|push|slide|displace|carry|bring) <X> <P> by <F>",
            "(move|shift|push|slide) <X> by <F> <P>",
            "<X> (should move|moves|goes|must move) <F> <P>",
            "(take|grab|pick up) <X> (and|, then|and then) (move|put|place) it <F> (further |more |)<P>",
            group="shift",
            X=subject.words,
            F=said,
            P=expand(phrase, rng),
        )
        goal = f"shift({subject.goal}, {way}, {cm})"
    return Sample("shift", (), words, f'{start}place_at(beside(start, "{word}", "{said}"))', goal)
