"""`capra doctor`: what this machine offers, each line with what to do when it is missing."""

from __future__ import annotations

import importlib.util
import os
import platform
import sys

Check = tuple[str, bool | None, str]
"""(what, True good | None worth knowing | False a problem, detail)."""

_PACKAGES = ("pybullet", "gymnasium", "numpy", "openai", "cv2", "ruckig", "ompl", "shapely", "rich", "yaml", "av")


def examine() -> list[Check]:
    """Every check, in the order in which a newcomer needs them."""
    checks: list[Check] = [_python(), *_packages(), _walls(), _simulation(), *_author()]
    return checks


def _python() -> Check:
    good = (3, 10) <= sys.version_info[:2] <= (3, 13)
    return "Python", good, platform.python_version() if good else f"{platform.python_version()}; use 3.10 to 3.13"


def _packages() -> list[Check]:
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        return [("packages", False, f"missing: {', '.join(missing)}; run `make setup`")]
    return [("packages", True, "all present")]


def _walls() -> Check:
    from ..policies.runner.runner import capabilities

    try:
        found = capabilities()
    except RuntimeError as error:
        return "walls around programs", False, str(error)
    detail = str(found)
    return "walls around programs", True if found.confined else None, detail


def _simulation() -> Check:
    from ..sim.world import World

    try:
        with World() as world:
            world.step()
    except RuntimeError as error:
        return "simulation", False, str(error)
    return "simulation", True, "PyBullet runs"


def _author() -> list[Check]:
    from ..policies.models.install import find_model

    model = find_model()
    embedded: Check = (
        "embedded author",
        True if model else None,
        str(model) if model else "its model is not here yet; `capra models install` fetches 93 MB",
    )
    key = "OPENAI_API_KEY" in os.environ or "OPENAI_BASE_URL" in os.environ
    network: Check = (
        "model endpoint",
        True if key else None,
        "configured" if key else "none configured; set OPENAI_API_KEY or give --base-url to use one",
    )
    return [embedded, network]
