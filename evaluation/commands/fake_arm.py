"""`capra fake-arm`: an emulated controller, to rehearse with."""

from __future__ import annotations

import argparse
import json
import signal
from collections.abc import Callable
from typing import Any

from rich.console import Console

from ..bench.options import whole_number
from .exits import ACHIEVED, UsageError

FAKE_ARMS = ("ur5", "xarm6", "so101", "panda")


def add_fake_arm(commands: Any) -> None:
    """The command and its options."""
    fake = commands.add_parser("fake-arm", help="an emulated controller, to rehearse with (panda: behind rosbridge)")
    fake.add_argument("arm", choices=FAKE_ARMS)
    fake.add_argument("--host", metavar="ADDRESS", help="where it listens (default: a free 127.x address)")
    fake.add_argument("--port", type=whole_number(0), metavar="N", help="where it listens (default: a free port)")
    fake.add_argument("--task", metavar="ID", help="the scene of a task, which its judge can then be asked about")
    fake.add_argument("--scene", metavar="WORDS|FILE", help="what lies on its table, as for `run`")
    fake.add_argument("--seed", type=whole_number(0), default=0, metavar="N", help="places what --scene names in words")
    fake.add_argument("--with-parent", action="store_true", help="end when standard input ends")
    fake.add_argument("--json", action="store_true", help="say where it listens as one JSON object")
    fake.set_defaults(handler=_fake_arm)


def _fake_arm(options: argparse.Namespace) -> int:
    from ...sim.camera import CameraNoise
    from ...sim.emulators.serve import FakeArm, wait_for_parent
    from ...sim.scene import SceneError
    from ...sim.tables import table_of
    from ...tasks.suite import load_task
    from .scenes import placements_of

    try:
        placements, more = [], None
        if options.scene:
            placements = placements_of(options.scene, options.seed)
            if not options.scene.endswith((".yaml", ".yml")):
                placements = table_of(options.arm).lay_out(placements, options.seed)
        if options.task is not None:
            instance = load_task(options.task).instance(options.seed)
            placements = table_of(options.arm).lay_out(instance.placements, options.seed)
            more = lambda plant: {"judge": _judge_of(plant, load_task(options.task), instance)}  # noqa: E731
        fake = FakeArm(
            options.arm,
            options.host or "",
            options.port or 0,
            placements=placements,
            seed=options.seed,
            noise=CameraNoise(),
            more=more or (lambda plant: {}),
        )
    except (SceneError, KeyError, ValueError) as error:
        raise UsageError(error.args[0]) from None
    except OSError as error:
        raise UsageError(
            f"fake-arm cannot listen on {options.host or '127.0.0.1'}:{options.port or 0}: {error.strerror}"
        ) from None
    try:
        where = fake.where()
        if options.json:
            print(json.dumps(where), flush=True)  # noqa: T201 - the command's output
        else:
            places = ", ".join(f"{key} {value}" for key, value in where.items())
            Console(highlight=False).print(f"fake {options.arm}: {places} (Ctrl-C ends it)", markup=False)
        if options.with_parent:
            wait_for_parent()
        else:
            signal.pause()
    finally:
        fake.close()
    return ACHIEVED


def _judge_of(plant: Any, task: Any, instance: Any) -> Callable[..., dict[str, Any]]:
    from dataclasses import asdict

    from ...tasks.stage import judge_in

    latest: dict[str, Any] = {}
    judge = judge_in(plant.world, task, instance, heard=lambda: latest)

    def verdict(heard: dict[str, Any]) -> dict[str, Any]:
        latest.update({name: tuple(lines) for name, lines in heard.items()})
        with plant.locked:
            return asdict(judge())

    return verdict
