"""An author of known error rates: it knows a right program, makes mistakes in it, and mends what feedback points at.

It stands for a language model where mechanisms are to be measured and not a model (docs/ablation.md). What it reads is
what every author reads, its messages; the right program stands for its skill. It never sees judge, faults or world.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from .fences import NoProgram, extract_program, fence
from .messages import Completion, Message, Style, text_of
from .slips import SLIPS, Slip, Written, written

RATES: dict[str, float] = {"misspelt": 0.2, "wrong_name": 0.15, "omitted": 0.15, "wrong_place": 0.2, "no_retry": 0.5}
"""How often each kind of mistake is in a first program."""
_FEEDBACK = re.compile(r"What came of attempt \d+:\n(.*?)\n\nThe world as it is now", re.DOTALL)
_NAME = re.compile(r'"name": "([^"]+)"')


@dataclass(frozen=True)
class Model:
    """rates: see RATES. pointed, named, blind: how often a mistake is mended when the feedback shows the line or call
    with one of its words, when it has one of its words only, and when it has none. relapse: how often a mistake of a
    kind that was not made before is made when a program is written again, as a share of its rate. alike: how often a
    sampled program shares a mistake, or its absence, with the likeliest one. use_skill: how often a fitting skill is
    used. wrong_goal: how often a goal check is of a wrong thing."""

    rates: Mapping[str, float] = field(default_factory=lambda: dict(RATES))
    pointed: float = 0.8
    named: float = 0.5
    blind: float = 0.15
    relapse: float = 0.2
    alike: float = 0.5
    use_skill: float = 0.8
    wrong_goal: float = 0.1


@dataclass(frozen=True)
class Known:
    """What the author can do: programs for one instance of a task. given: what it is about, by the skill's parameters,
    such as {"block": "red block"}; skill: name of the skill that does such a task; seed: fixes every draw."""

    program: str
    goal_check: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    skill: str = ""
    seed: int = 0


class ErringAuthor:
    """See the module. primitives: names of those that programs may call."""

    name = "erring"
    style: Style = "chat"
    open_ended = False  # it writes no parts of programs on demand

    def __init__(self, known: Known, primitives: Iterable[str], model: Model | None = None) -> None:
        self._known, self._primitives, self._model = known, sorted(primitives), model or Model()
        self._written: list[Written] = []
        self._asked = self._sampled = 0
        self._names: list[str] = []
        self._key = zlib.crc32(known.program.encode())

    def complete(
        self,
        messages: Sequence[Message],
        on_text: Callable[[str], None] | None = None,
        temperature: float = 0.0,
    ) -> Completion:
        last = text_of(messages[-1])
        self._names = _NAME.findall(last)
        found = _FEEDBACK.search(last)
        before = self._before(messages) if found else None
        self._sampled = self._sampled + 1 if temperature > 0 else 0
        self._asked += temperature == 0
        likeliest = self._slips(before, found[1] if found else "", 0)
        slips = likeliest if not self._sampled else self._shared(likeliest, before, found[1] if found else "")
        program = self._known.program
        if self._known.skill and f"def {self._known.skill}(" in last and self._draw("skill") < self._model.use_skill:
            program = self._call_of_skill(last) or program
        made = written(program, slips, self._primitives, self._names)
        self._written.append(made)
        text = fence(made.program)
        if on_text:
            on_text(text)
        return Completion(text, 0, 0, 0.0, 0.0, "stop")

    def goal_check(self, instruction: str) -> str:
        """The goal check that it knows, with a wrong name in it now and then."""
        if not self._known.goal_check or self._draw("goal") >= self._model.wrong_goal:
            return self._known.goal_check
        names = sorted(set(self._known.given.values()))
        seed = int(1e6 * self._draw("goal seed"))
        return written(self._known.goal_check, [Slip("wrong_name", seed)], self._primitives, names).program

    def close(self) -> None:
        """Nothing is held."""

    def _slips(self, before: Written | None, feedback: str, sample: int) -> list[Slip]:
        """The mistakes of the next program: drawn anew, or those of the one before that are not mended."""
        made = (
            [] if before is None else [s for s in before.slips if not self._mends(before.slips[s], feedback, sample, s)]
        )
        kinds = {s.kind for s in (before.slips if before else ())}
        share = 1.0 if before is None else self._model.relapse
        for kind, rate in self._model.rates.items():
            if kind not in kinds and self._draw(f"{kind} {self._asked} {sample}") < share * rate:
                made.append(Slip(kind, int(1e9 * self._draw(f"where {kind} {self._asked} {sample}"))))
        return made

    def _shared(self, likeliest: Sequence[Slip], before: Written | None, feedback: str) -> list[Slip]:
        own = {s.kind: s for s in self._slips(before, feedback, self._sampled)}
        first = {s.kind: s for s in likeliest}
        chosen = []
        for kind in SLIPS:
            same = self._draw(f"alike {kind} {self._asked} {self._sampled}") < self._model.alike
            slip = (first if same else own).get(kind)
            chosen += [slip] if slip else []
        return chosen

    def _mends(self, marks: Sequence[str], feedback: str, sample: int, slip: Slip) -> bool:
        lines = [line for line in feedback.splitlines() if any(mark in line for mark in marks)]
        pointed = any(re.search(r"\bline \d+|^The call:|^Line \d+", line.strip()) for line in lines)
        chance = self._model.pointed if pointed else self._model.named if lines else self._model.blind
        return self._draw(f"mend {slip} {self._asked} {sample}") < chance

    def _before(self, messages: Sequence[Message]) -> Written | None:
        """The last program that was run, as the conversation shows it."""
        shown = [text_of(m) for m in messages if m["role"] == "assistant"]
        try:
            program = extract_program(shown[-1]) if shown else ""
        except NoProgram:
            return None
        same = [w for w in self._written if w.program.strip() and w.program.strip() in program]
        return same[-1] if same else None

    def _call_of_skill(self, text: str) -> str:
        found = re.search(rf"def {self._known.skill}\(([^)]*)\)", text)
        names = [n.strip() for n in found[1].split(",") if n.strip()] if found else []
        if found is None or any(n not in self._known.given for n in names):
            return ""
        return f"{self._known.skill}({', '.join(repr(self._known.given[n]) for n in names)})\n"

    def _draw(self, what: str) -> float:
        """From 0 to 1; the same for the same question about the same seed, whatever was drawn before."""
        return float(np.random.default_rng([self._known.seed, self._key, zlib.crc32(what.encode())]).random())
