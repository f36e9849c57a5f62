"""The process that speaks to a UR controller: `python ur_process.py ADDRESS`, started by `ur.py`.

ur_rtde's constructors hold the interpreter, its calls may block for minutes when the link is lost, and a process with
one of its objects may abort when it ends. So all of it lives here, behind JSON lines: requests on standard input,
states and answers on standard output. Setpoints that stop coming, an end of standard input or the end of the process
that started it stop the arm; when this process dies as well, the watchdog on the controller does.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

PERIOD = 0.008  # s: 125 Hz, the cycle of a CB3 controller
STALLED = 0.15  # s without a setpoint after which a motion is stopped
LOST = 3.0  # s without a new state
WATCHDOG = 4.0  # Hz: the controller ends its program when it hears less often from here
_LOOKAHEAD, _GAIN = 0.05, 300.0  # s and 1 of servoJ (script manual: 0.03 to 0.2, 100 to 2000)
_DECELERATION = 10.0  # m/s² of the tool
_VARIABLES = ["timestamp", "actual_q", "actual_qd", "actual_TCP_pose", "robot_mode", "safety_mode", "runtime_state"]
_PLAYING, _RUNNING, _IDLE = 2, 7, 5
_NORMAL, _REDUCED, _PROTECTIVE_STOP = 1, 2, 3
_UNLOCK = 6.0  # s: a controller refuses to unlock during the first five
_POWER_UP = 15.0  # s


class _Refused(Exception):
    """The controller does not do it; the message says why, and the answer carries it."""


class Controller:
    """The SDK's objects of one controller. pin: of the digital output that drives the gripper, or None."""

    def __init__(self, address: str, pin: int | None) -> None:
        self._address, self._pin = address, pin
        self._receive: Any = None
        self._control: Any = None
        self._io: Any = None
        self._servoing = False
        self._setpoint_at = 0.0
        self._halted = True

    # Requests

    def open(self) -> None:
        self._receive = _sdk("rtde_receive").RTDEReceiveInterface(self._address, 1 / PERIOD, _VARIABLES)
        if self._pin is not None:
            self._io = _sdk("rtde_io").RTDEIOInterface(self._address)

    def program(self) -> dict[str, Any]:
        """Make the control program run. Returns where the controller says that the tool is, and its offset."""
        if self._control is None:
            self._control = _sdk("rtde_control").RTDEControlInterface(self._address, 1 / PERIOD)
        elif not self._control.isProgramRunning():
            self._control.reuploadScript()
            self._wait(self._control.isProgramRunning, 3.0, "the control program does not start on the controller")
        joints, tool = self._receive.getActualQ(), self._receive.getActualTCPPose()
        return {"joints": joints, "tool": tool, "offset": self._control.getTCPOffset()}

    def ready(self) -> dict[str, Any]:
        found = self.program()
        if not self._control.setWatchdog(WATCHDOG):
            raise _Refused("the controller did not take the watchdog")
        self._wait(lambda: self._receive.getRuntimeState() == _PLAYING, 1.0, "the control program has ended at once")
        self._halted = False
        return found

    def servo(self, joints: list[float]) -> None:
        if self._halted:
            return
        self._servoing, self._setpoint_at = True, time.monotonic()
        self._control.servoJ(joints, 0.5, 0.5, PERIOD, _LOOKAHEAD, _GAIN)

    def halt(self) -> None:
        self._halted = True
        self._stop()

    def output(self, on: bool) -> None:
        self._io.setStandardDigitalOut(self._pin, on)

    def recover(self) -> None:
        """Unlock a protective stop, switch the arm on and release its brakes: at a person's word only."""
        dashboard = _sdk("dashboard_client").DashboardClient(self._address)
        dashboard.connect()
        dashboard.closeSafetyPopup()
        if self._receive.getSafetyMode() == _PROTECTIVE_STOP:
            self._wait(lambda: _unlocked(dashboard), _UNLOCK, "the controller does not unlock the protective stop")
        safe = lambda: self._receive.getSafetyMode() in (_NORMAL, _REDUCED)  # noqa: E731
        self._wait(safe, 0.5, "the safety stop stands: release the emergency stop button, or see the pendant")
        if self._receive.getRobotMode() != _RUNNING:
            dashboard.powerOn()
            on = lambda: self._receive.getRobotMode() in (_IDLE, _RUNNING)  # noqa: E731
            self._wait(on, _POWER_UP, "the arm does not switch on")
            dashboard.brakeRelease()
            self._wait(lambda: self._receive.getRobotMode() == _RUNNING, _POWER_UP, "the brakes do not release")
        dashboard.disconnect()

    # Between requests

    def idle(self) -> None:
        """Called each period without a setpoint: stop a motion that has lost its source, and tell that we live."""
        if self._control is None or self._receive.getRuntimeState() != _PLAYING:
            return
        if self._servoing and time.monotonic() - self._setpoint_at > STALLED:
            self._stop()
        else:
            self._control.kickWatchdog()

    def end(self) -> None:
        """The arm comes to rest and the control program ends."""
        if self._control is not None and self._control.isProgramRunning():
            self._stop()
            self._control.stopScript()

    def state(self) -> dict[str, Any] | None:
        """The last state that came, or None before the first one."""
        receive = self._receive
        if receive is None:
            return None
        return {
            "time": receive.getTimestamp(),
            "joints": receive.getActualQ(),
            "velocities": receive.getActualQd(),
            "robot": receive.getRobotMode(),
            "safety": receive.getSafetyMode(),
            "runtime": receive.getRuntimeState(),
        }

    def _stop(self) -> None:
        self._servoing = False
        if self._control is not None and self._control.isProgramRunning():
            self._control.servoStop(_DECELERATION)

    @staticmethod
    def _wait(done: Callable[[], bool], seconds: float, otherwise: str) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            if time.monotonic() > deadline:
                raise _Refused(otherwise)
            time.sleep(0.02)


def _sdk(module: str) -> Any:
    return importlib.import_module(module)


def _unlocked(dashboard: Any) -> bool:
    try:
        dashboard.unlockProtectiveStop()
    except Exception:  # std::logic_error: not yet
        time.sleep(0.2)
        return False
    return True


class Service:
    """Requests in, answers and states out."""

    def __init__(self, controller: Controller, requests: int, answers: int) -> None:
        self._controller, self._requests, self._answers = controller, requests, answers
        self._turn = threading.Lock()
        self._time, self._changed, self._turned = -1.0, time.monotonic(), time.monotonic()
        self._parent = os.getppid()
        self._buffer = b""

    def run(self) -> None:
        """Until standard input ends or `close` is asked for."""
        threading.Thread(target=self._report, name="report", daemon=True).start()
        due = time.monotonic()
        while True:
            self._turned = time.monotonic()
            due = max(due + PERIOD, self._turned)
            served = False
            while not served and (left := due - time.monotonic()) > 0:
                if os.getppid() != self._parent:
                    return
                if select.select([self._requests], [], [], left)[0]:
                    data = os.read(self._requests, 65536)
                    if not data:
                        return
                    for request in self._take(data):
                        if request["do"] == "close":
                            return
                        served |= request["do"] == "servo"
                        self._serve(request)
            if not served:
                self._controller.idle()

    def _take(self, data: bytes) -> list[dict[str, Any]]:
        """Whole requests; of setpoints that piled up, the last."""
        *lines, self._buffer = (self._buffer + data).split(b"\n")
        requests = [json.loads(line) for line in lines]
        last = max((i for i, r in enumerate(requests) if r["do"] == "servo"), default=-1)
        return [r for i, r in enumerate(requests) if r["do"] != "servo" or i == last]

    def _serve(self, request: dict[str, Any]) -> None:
        name, number = request.pop("do"), request.pop("id", None)
        try:
            value, error = getattr(self._controller, name)(**request), ""
        except Exception as problem:  # what the SDK raises are errors of C++, of many kinds
            value, error = None, f"{problem}" or type(problem).__name__
        if number is not None:
            with self._turn:
                self._turned = time.monotonic()
                self._say({"id": number, "value": value, "error": error, "state": self._state()})

    def _report(self) -> None:
        """The state, once each period. A link that stays silent ends this process, before the SDK connects again and
        starts a program by itself."""
        while True:
            time.sleep(PERIOD)
            try:
                with self._turn:
                    if state := self._state():
                        self._say({"state": state})
                        if state["silent"] > LOST:
                            os._exit(1)
            except OSError:  # nobody reads: the main loop stops the arm; it must not hang on a dead link
                time.sleep(1.0)
                os._exit(1)

    def _state(self) -> dict[str, Any] | None:
        """The state; for how long (s) the controller has been silent, and the SDK busy with one call."""
        state = self._controller.state()
        if state is None:
            return None
        now = time.monotonic()
        if state["time"] != self._time:
            self._time, self._changed = state["time"], now
        return {**state, "silent": now - self._changed, "busy": now - self._turned}

    def _say(self, message: dict[str, Any]) -> None:
        os.write(self._answers, json.dumps(message).encode() + b"\n")


def main(arguments: list[str]) -> None:
    """ADDRESS [PIN]"""
    answers = os.dup(1)
    os.dup2(2, 1)  # the SDK writes to standard output
    controller = Controller(arguments[0], int(arguments[1]) if len(arguments) > 1 else None)
    service = Service(controller, 0, answers)
    try:
        service.run()
    except BaseException:
        traceback.print_exc()
    # A dead link must not keep this process: its end closes the connection, and the watchdog stops the arm.
    threading.Timer(1.5, os._exit, (1,)).start()
    with contextlib.suppress(Exception):
        controller.end()
    os._exit(0)  # without destructors: some of them abort


if __name__ == "__main__":
    main(sys.argv[1:])
