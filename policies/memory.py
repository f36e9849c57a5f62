"""What a session of several instructions remembers: what was said, done and seen, by perception, in bounded text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from .changes import MOVED, point_text
from .tokens import clip, estimate_tokens

MAX_TOKENS = 1400
"""Of the text that the author reads; the oldest instructions are dropped first."""
_PROGRAM_TOKENS = 350
_LINE_TOKENS = 80
_MOST_SAID = 6
_CONTAINERS = ("bowl", "tray", "drawer", "zone")

Event = Mapping[str, Any]


@dataclass(frozen=True)
class Thing:
    """An object as a look gave it: its name, kind, middle (x, y, z) and half width (m)."""

    name: str
    kind: str
    position: tuple[float, float, float]
    reach: float


@dataclass(frozen=True)
class Move:
    """An object that is elsewhere than before the instruction. start_in: what it lay in, "" for the table. end: None
    when it is no longer seen, and then `hidden_by` what stands over its place, if anything does."""

    name: str
    start: tuple[float, float, float]
    start_in: str
    end: tuple[float, float, float] | None
    hidden_by: str = ""


@dataclass(frozen=True)
class Remembered:
    """One instruction: how its last program ended, what it said and asked, and what moved, in order."""

    instruction: str
    outcome: str
    said: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
    moves: tuple[Move, ...] = ()
    program: str = ""


@dataclass
class Memory:
    """Of one session. Only what the robot itself could know goes in: no verdicts, no injected faults.

    hidden: name -> (what hides it, where it was) of objects that went out of sight and were not seen since. inside:
    name -> what it lies in, as last seen.
    """

    episodes: list[Remembered] = field(default_factory=list)
    hidden: dict[str, tuple[str, tuple[float, float, float]]] = field(default_factory=dict)
    inside: dict[str, str] = field(default_factory=dict)

    def note(self, instruction: str, events: Sequence[Event]) -> None:
        """Take up what the trace of one instruction tells."""
        scenes = [things_of(e.get("objects") or []) for e in events if e.get("type") == "scene"]
        if not scenes:
            return
        first, last = scenes[0], scenes[-1]
        moves = _ordered(_moves(first, last), events)
        outcome = next((str(e.get("status")) for e in reversed(events) if e.get("type") == "outcome"), "")
        program = next((str(e.get("source")) for e in reversed(events) if e.get("type") == "program"), "")
        said = [
            str(e["args"][0]) for e in events if e.get("type") == "call" and e.get("name") == "say" and e.get("args")
        ]
        self.episodes.append(Remembered(instruction, outcome, tuple(said[:_MOST_SAID]), _asked(events), moves, program))
        seen = {t.name for t in last}
        self.hidden = {n: h for n, h in self.hidden.items() if n not in seen}
        self.hidden.update({m.name: (m.hidden_by, m.start) for m in moves if m.end is None})
        self.inside = {t.name: c.name for t in last if (c := container_of(t, last)) is not None}

    def undo(self) -> list[Move]:
        """What has to be moved back, the last first, to undo the last instruction that moved something."""
        for episode in reversed(self.episodes):
            if episode.moves:
                return list(reversed(episode.moves))
        return []

    def contents(self, name: str) -> list[str]:
        """What lies in or under something, as far as is known."""
        return [n for n, c in self.inside.items() if c == name] + [n for n, (h, _) in self.hidden.items() if h == name]

    def text(self) -> str:
        """For the author, in at most MAX_TOKENS; "" when there is nothing to remember."""
        if not self.episodes:
            return ""
        facts = [f"{n} is in the {c}" for n, c in self.inside.items()]
        facts += [
            f"{n} is out of sight{f', under or in the {h}' if h else ''}; it was at {point_text(p)}"
            for n, (h, p) in self.hidden.items()
        ]
        lines = [_clip(f) for f in facts[:20]]
        back = self.undo()
        if back:
            steps = [f"{m.name} to {f'the {m.start_in}' if m.start_in else point_text(m.start)}" for m in back]
            lines.append(_clip(f"To undo the last change, put back in this order: {'; '.join(steps)}"))
        room = MAX_TOKENS - sum(estimate_tokens(line) + 1 for line in lines)
        told: list[str] = []
        for number in range(len(self.episodes), 0, -1):
            text = "\n".join(_episode_lines(number, self.episodes[number - 1], number == len(self.episodes)))
            room -= estimate_tokens(text) + 1
            if room < 0:
                told.append(f"({number} earlier instruction{'s' if number > 1 else ''} left out)")
                break
            told.append(text)
        return clip("\n".join([*reversed(told), *lines]), MAX_TOKENS)


def things_of(objects: Sequence[Any]) -> list[Thing]:
    """From the objects of a `scene` event; things that look alike are told apart by their number."""
    found: list[Thing] = []
    names = [o.get("name") for o in objects if isinstance(o, Mapping)]
    for o in objects:
        if not isinstance(o, Mapping) or not isinstance(o.get("position"), list):
            continue
        name = str(o.get("name"))
        if names.count(name) > 1:
            name = f"{name} #{o.get('id')}"
        size = o.get("size") or [0.0, 0.0, 0.0]
        x, y, z = (float(v) for v in o["position"])
        found.append(Thing(name, str(o.get("kind")), (x, y, z), max(float(size[0]), float(size[1])) / 2))
    return found


def container_of(thing: Thing, things: Sequence[Thing]) -> Thing | None:
    """The container whose inside a thing is in, by its middle."""
    around = [
        c
        for c in things
        if c.kind in _CONTAINERS and c.name != thing.name and thing.kind not in _CONTAINERS
        and math.dist(c.position[:2], thing.position[:2]) < c.reach
    ]  # fmt: skip
    return min(around, key=lambda c: math.dist(c.position[:2], thing.position[:2]), default=None)


def _moves(first: Sequence[Thing], last: Sequence[Thing]) -> list[Move]:
    now = {t.name: t for t in last}
    found: list[Move] = []
    for thing in first:
        inside = container_of(thing, first)
        start_in = inside.name if inside else ""
        after = now.get(thing.name)
        if after is None:
            over = [t for t in last if math.dist(t.position[:2], thing.position[:2]) < max(t.reach, 0.02)]
            found.append(Move(thing.name, thing.position, start_in, None, over[0].name if over else ""))
        elif math.dist(thing.position, after.position) > MOVED:
            found.append(Move(thing.name, thing.position, start_in, after.position))
    return found


def _ordered(moves: Sequence[Move], events: Sequence[Event]) -> tuple[Move, ...]:
    """In the order in which the jaws held them; what was only pushed or covered comes first."""
    held: list[str] = []
    for event in events:
        if event.get("type") == "call" and event.get("name") == "put_first_on_second" and event.get("args"):
            held.append(str(event["args"][0]))
        name = (event.get("after") or {}).get("holding") if event.get("type") == "return" else None
        if name:
            held.append(str(name))
    rank = {name: index for index, name in enumerate(held)}  # the last time counts
    return tuple(sorted(moves, key=lambda m: rank.get(m.name.partition(" #")[0], -1)))


def _asked(events: Sequence[Event]) -> tuple[tuple[str, str], ...]:
    answers = {
        e.get("call"): str(e.get("result")) for e in events if e.get("type") == "return" and e.get("name") == "ask"
    }
    calls = [e for e in events if e.get("type") == "call" and e.get("name") == "ask" and e.get("args")]
    return tuple((str(e["args"][0]), answers.get(e.get("call"), "")) for e in calls[:_MOST_SAID])


def _episode_lines(number: int, episode: Remembered, latest: bool) -> list[str]:
    lines = [f"{number}. {_quoted(episode.instruction)}"]
    if episode.outcome != "completed":
        lines[0] += f" (its last program ended: {episode.outcome})"
    for move in episode.moves:
        end = point_text(move.end) if move.end else "out of sight"
        lines.append(f"   moved {move.name} from {point_text(move.start)} to {end}")
    lines += [f"   asked {_quoted(q)}, answered {_quoted(a)}" for q, a in episode.asked]
    lines += [f"   said {_quoted(s)}" for s in episode.said]
    if latest and episode.program:
        shown = clip(episode.program, _PROGRAM_TOKENS).rstrip().splitlines()
        lines = [_clip(line) for line in lines]
        return [*lines, "   its program:", *(f"   | {line}" for line in shown)]
    return [_clip(line) for line in lines]


def _quoted(text: str) -> str:
    return json.dumps(" ".join(text.split()), ensure_ascii=False)


def _clip(line: str) -> str:
    return clip(line, _LINE_TOKENS)
