"""Published numbers of earlier systems, laid beside ours with what is not like for like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from importlib import resources
from typing import Any

import yaml

from .rows import Row
from .settings import Settings
from .summary import Figures, figures


@dataclass(frozen=True)
class Result:
    """One number. It belongs beside our trials of the tasks that `task`, a pattern, matches, or with these tags; beside
    none when it has neither."""

    method: str
    value: float
    title: str = ""
    task: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def cell(self) -> str:
        """What was measured: its line in a table."""
        return self.title or ", ".join(self.tags.values())

    def covers(self, row: Row) -> bool:
        if self.task:
            return fnmatchcase(row["task"], self.task)
        return bool(self.tags) and all(row["tags"].get(name) == value for name, value in self.tags.items())


@dataclass(frozen=True)
class Publication:
    """source: the paper. read_in: where its numbers were read. measure: what they are. not_like_for_like: sentences."""

    system: str
    suite: str
    source: str
    read_in: str
    measure: str
    not_like_for_like: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def methods(self) -> list[str]:
        return list(dict.fromkeys(result.method for result in self.results))


def publications(suite: str | None = None) -> list[Publication]:
    """Those that speak of a suite of ours (of any by default), in the order of their files."""
    files = sorted(
        (f for f in resources.files(f"{__package__}.published").iterdir() if f.name.endswith(".yaml")),
        key=lambda f: f.name,
    )
    found = [_publication(yaml.safe_load(f.read_text(encoding="utf-8"))) for f in files]
    return [p for p in found if suite in (None, p.suite)]


def _publication(data: dict[str, Any]) -> Publication:
    results = tuple(Result(**result) for result in data.pop("results"))
    return Publication(**{**data, "not_like_for_like": tuple(data["not_like_for_like"]), "results": results})


@dataclass(frozen=True)
class Line:
    """theirs: by method. ours: the figures of our trials that it belongs beside, None when there are none."""

    cell: str
    theirs: Mapping[str, float]
    ours: Figures | None


def beside(publication: Publication, rows: Sequence[Row], settings: Settings) -> list[Line]:
    """The numbers of a publication, cell by cell, with ours where there are any."""
    cells: dict[str, list[Result]] = {}
    for result in publication.results:
        cells.setdefault(result.cell, []).append(result)
    lines = []
    for cell, results in cells.items():
        chosen = [row for row in rows if row["suite"] == publication.suite and results[0].covers(row)]
        theirs = {result.method: result.value for result in results}
        lines.append(Line(cell, theirs, figures(chosen, settings) if chosen else None))
    return lines
