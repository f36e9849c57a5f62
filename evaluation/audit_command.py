"""`capra robot --audit RUN`: read the audit log of a run and say whether its chain holds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..policies.audit import AUDIT, read_audit, verify

_PLUMBING = ("i", "time", "type", "prev", "hash")
_LONGEST = 150


def audit_report(run: Path) -> dict[str, Any]:
    """{"sound", "ended", "problem", "last_hash", "entries": [...]} of a run directory or an audit.jsonl.

    ValueError when there is no log.
    """
    path = run / AUDIT if run.is_dir() else run
    if not path.is_file():
        raise ValueError(f"{run} holds no {AUDIT}; runs with a cell file write one")
    checked = verify(path)
    return {
        "sound": checked.problem is None,
        "ended": checked.ended,
        "problem": checked.problem,
        "last_hash": checked.last_hash,
        "entries": read_audit(path),
    }


def audit_lines(report: Mapping[str, Any]) -> list[str]:
    """The same for people: one line for each entry, and the verdict last."""
    lines = []
    for entry in report["entries"]:
        told = ", ".join(f"{k} {_short(v)}" for k, v in entry.items() if k not in _PLUMBING and v not in (None, [], ""))
        lines.append(f"{str(entry.get('time', ''))[11:23]}  {entry.get('type', '?'):<10} {told}"[:_LONGEST])
    if not report["sound"]:
        lines.append(f"BROKEN: {report['problem']}")
    elif not report["ended"]:
        lines.append(
            f"the chain of {len(report['entries'])} entries holds, but the log was not ended (a crash, a cut?)"
        )
    else:
        lines.append(f"sound: {len(report['entries'])} entries, the last hash is {report['last_hash']}")
    return lines


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(_short(v) for v in value)}]"
    if isinstance(value, Mapping):
        return f"({', '.join(f'{k} {_short(v)}' for k, v in value.items())})"
    return " ".join(str(value).split())
