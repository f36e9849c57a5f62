"""The runner with programs that mean harm. Each must achieve nothing, be told apart rightly, leave no process behind,
and not disturb the next program."""

import os
import platform
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from capra.policies.runner import forkserver
from capra.policies.runner.confinement import Confinement
from capra.policies.runner.runner import Budget, ProgramResult, Runner, capabilities
from capra.primitives.errors import PrimitiveError

SECRET = "sk-never-to-be-seen"

# What a hostile program begins with: the modules that no import gives it.
REACH = """
def module(name):
    for cls in object.__subclasses__():
        reach = getattr(getattr(cls, "__init__", None), "__globals__", {})
        if "sys" in reach and name in reach["sys"].modules:
            return reach["sys"].modules[name]
os, sys, ctypes, socket, signal, thread = map(module, ("os", "sys", "ctypes", "socket", "signal", "_thread"))
libc = ctypes.pythonapi
libc.syscall.restype = ctypes.c_long
codec = module(echo.__globals__["__package__"] + ".codec")
def refused(what, *args):
    try:
        got = what(*args)
    except OSError as error:
        return type(error).__name__
    return got
def send(**message):
    os.write(3, codec.pack(message))
"""


@pytest.fixture(scope="module")
def runner():
    os.environ["OPENAI_API_KEY"] = SECRET
    try:
        with Runner() as made:
            if not made.confined:
                pytest.skip(f"the kernel has no walls: {made.confinement}")
            yield made
    finally:
        del os.environ["OPENAI_API_KEY"]


class Arena:
    """A robot process under attack."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.calls: list[tuple] = []
        self.prints: list[str] = []

    def call(self, name, args, kwargs, line):
        self.calls.append((name, args, kwargs, line))
        if name == "fail":
            raise PrimitiveError("not_found", "nothing there")
        return args[0] if args else None

    def attack(self, source: str, **budget) -> ProgramResult:
        budget = {"wall": 10.0, "cpu": 5.0, **budget}
        before = orphans()
        result = self.runner.run(
            REACH + textwrap.dedent(source),
            ["echo", "fail"],
            self.call,
            lambda text, line: self.prints.append(text),
            Budget(**budget),
        )
        self.check_aftermath(before)
        return result

    def check_aftermath(self, before: set[int]) -> None:
        """Nothing runs but the fork server and the one process in store; the next program does."""
        server = server_of(self.runner)
        left = descendants({server}) - {server}
        assert len(left) <= 1, left
        assert not orphans() - before
        said: list[str] = []
        healthy = self.runner.run("echo(1)\nprint('fine')", ["echo"], self.call, lambda text, _: said.append(text))
        assert healthy.status == "completed"
        assert said == ["fine"]


@pytest.fixture
def arena(runner):
    return Arena(runner)


def processes() -> dict[int, tuple[int, str]]:
    """Process id: (parent, command line) of all that run (zombies are over)."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except (FileNotFoundError, ProcessLookupError):
                continue
            if state != "Z":
                found[int(entry.name)] = (int(parent), command)
    return found


def descendants(roots: set[int]) -> set[int]:
    """The roots that run, and all that descends from them."""
    running = processes()
    members = roots & running.keys()
    while True:
        grown = members | {pid for pid, (parent, _) in running.items() if parent in members}
        if grown == members:
            return members
        members = grown


def server_of(runner: Runner) -> int:
    assert runner._server is not None
    return runner._server.pid


def children(parent: int) -> list[int]:
    return [pid for pid, (of, _) in processes().items() if of == parent]


def orphans() -> set[int]:
    """Processes of fork servers that have lost their parent."""
    return {pid for pid, (parent, command) in processes().items() if "runner.server" in command and parent == 1}


# --- never ending -----------------------------------------------------------------------------------------------------


def test_infinite_loop(arena):
    result = arena.attack("x = 0\nwhile True:\n    x += 1", wall=0.5)
    assert result.status == "wall_limit"
    assert result.error["line"] in (REACH.count("\n") + 2, REACH.count("\n") + 3)
    assert result.seconds_wall < 5


def test_infinite_loop_spends_its_cpu_budget(arena):
    result = arena.attack("while True: pass", wall=10, cpu=0.3)
    assert result.status == "cpu_limit"
    assert result.error["line"] == REACH.count("\n") + 1
    assert result.seconds_wall < 5


def test_infinite_loop_that_swallows_every_exception(arena):
    source = """
        while True:
            try:
                while True: pass
            except BaseException:
                pass
    """
    assert arena.attack(source, wall=0.5).status == "wall_limit"
    assert arena.attack(source, cpu=0.3).status == "cpu_limit"


def test_infinite_loop_in_compiled_code(arena):
    assert arena.attack("10 ** 10 ** 10", wall=0.5).status == "wall_limit"
    assert arena.attack("sum(iter(int, 1))", cpu=0.3).status == "cpu_limit"


def test_sleeping(arena):
    assert arena.attack("libc.sleep(100)", wall=0.3).status == "wall_limit"


def test_the_end_cannot_be_postponed(arena):
    result = arena.attack(
        """
        tries = [
            refused(signal.signal, signal.SIGPROF, signal.SIG_IGN),
            refused(signal.pthread_sigmask, signal.SIG_BLOCK, [signal.SIGPROF, signal.SIGXCPU]),
            refused(signal.setitimer, signal.ITIMER_PROF, 0),
            libc.prctl(1, 0, 0, 0, 0),
            libc.syscall(157, 1, 0, 0, 0, 0),
        ]
        print(*tries)
        while True: pass
        """,
        cpu=0.3,
    )
    assert result.status == "cpu_limit"
    assert arena.prints == ["PermissionError PermissionError itimer_error -1 -1"]


@pytest.mark.parametrize(
    "method", ["__float__", "__iter__", "__repr__", "__array__", "__len__", "__getattr__", "__class__"]
)
def test_infinite_loop_in_an_argument_of_a_primitive(arena, method):
    result = arena.attack(
        f"""
        def spin(*args):
            while True: pass
        class Trap(list):
            {method} = property(spin) if {method!r} == "__class__" else spin
        echo(Trap([1, 2]), object=Object("a", "block", "red", Trap(), Trap(), Trap()))
        """,
        wall=0.5,
    )
    assert result.status in ("wall_limit", "program_error")
    assert result.calls == 0


def test_argument_without_end(arena):
    result = arena.attack(
        """
        class Endless(list):
            def __iter__(self):
                while True: yield 1
        echo(Endless())
        """
    )
    assert result.status == "program_error"
    assert "more than 100000 values" in result.error["message"]


def test_never_stops_calling(arena):
    result = arena.attack("while True:\n    try:\n        fail()\n    except BaseException: pass", calls=20)
    assert result.status == "call_limit"
    assert result.calls == len(arena.calls[:-1]) == 20  # the last is the healthy program's


def test_calls_without_waiting_for_replies(arena):
    result = arena.attack(
        "while True: send(type='call', name='echo', args=(np.zeros(10**6),), kwargs={}, line=1)", calls=10**9, wall=0.5
    )
    assert result.status == "wall_limit"


# --- other processes --------------------------------------------------------------------------------------------------


def test_fork(arena):
    result = arena.attack(
        """
        for number in (56, 57, 58, 435) if CALLS else (220, 435):  # clone, fork, vfork, clone3
            print(libc.syscall(number, 17, 0, 0, 0, 0))
        print(refused(os.fork), refused(os.forkpty), os.system("true"))
        print(refused(module("posix").posix_spawn, "/bin/true", ["true"], {}))
        os.fork()
        """.replace("CALLS", str(platform.machine() == "x86_64"))
    )
    assert result.status == "program_error"
    assert result.error["code"] == "PermissionError"
    assert set(arena.prints[:-2]) == {"-1"}
    assert arena.prints[-2].startswith("PermissionError PermissionError ")
    assert not arena.prints[-2].endswith(" 0")
    assert arena.prints[-1] == "PermissionError"


def test_fork_bomb(arena):
    result = arena.attack("while True:\n    try: os.fork()\n    except BaseException: pass", cpu=0.3)
    assert result.status == "cpu_limit"


def test_thread_flood(arena):
    result = arena.attack("while True: thread.start_new_thread(print, ())")
    assert result.status == "program_error"
    assert "can't start new thread" in result.error["message"]


def test_exec(arena):
    result = arena.attack("print(refused(os.execv, '/bin/sh', ['sh', '-c', 'id']))")
    assert result.status == "completed"
    assert arena.prints == ["PermissionError"]


def test_killing(arena):
    arena.attack(
        """
        for victim in (os.getpid(), os.getppid(), ROBOT, 1, -1, 0):
            for number in (0, 9, 15, 19):
                print(refused(os.kill, victim, number))
        print(refused(os.killpg, 0, 9), refused(signal.raise_signal, 9), refused(signal.pidfd_send_signal, 3, 9))
        """.replace("ROBOT", str(os.getpid()))
    )
    assert set(" ".join(arena.prints).split()) == {"PermissionError"}


def test_tracing(arena):
    arena.attack(
        """
        buffer = ctypes.create_string_buffer(64)
        for number in NUMBERS:
            print(libc.syscall(number, ROBOT, buffer, 1, buffer, 1, 0))
        """.replace("ROBOT", str(os.getpid())).replace(
            # ptrace, process_vm_readv, process_vm_writev, pidfd_open, pidfd_getfd, kcmp
            "NUMBERS",
            str((101, 310, 311, 434, 438, 312) if platform.machine() == "x86_64" else (117, 270, 271, 434, 438, 272)),
        )
    )
    assert arena.prints == ["-1"] * 6


def test_ending_its_own_process(arena):
    result = arena.attack("os._exit(0)")
    assert result.status == "crashed"
    assert "exit status 0" in result.error["message"]


def test_crashing_its_own_process(arena):
    result = arena.attack("ctypes.string_at(0)")
    assert result.status == "crashed"
    assert "SIGSEGV" in result.error["message"]


def test_killed_from_outside(arena):
    def call(*_):
        for child in children(server_of(arena.runner)):  # the program alone: the next one is forked after the run
            os.kill(child, signal.SIGKILL)

    result = arena.runner.run("echo()\necho()", ["echo"], call, print, Budget(wall=2))
    assert result.status == "crashed"
    assert "SIGKILL" in result.error["message"]
    arena.check_aftermath(set())


# --- memory and output ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "hog = []\nwhile True: hog.append(bytearray(10**7))",
        "hog = np.ones(10**9)",
        "hog = 'x' * 10**10",
        "def f(n, hog=None): return f(n, [0] * 10**8 + (hog or []))\nf(1)",
        "if libc.PyMem_RawMalloc(ctypes.c_size_t(10**10)) == 0: raise MemoryError",
    ],
)
def test_memory_hog(arena, source):
    result = arena.attack(source, memory=64 * 2**20)
    assert result.status == "memory_limit"
    assert "64 MiB" in result.error["message"]


def test_memory_hog_that_goes_on(arena):
    result = arena.attack(
        """
        hog = []
        while True:
            try:
                while True: hog.append(bytearray(10**6))
            except BaseException:
                pass
        """,
        memory=64 * 2**20,
        cpu=0.5,
        wall=10,
    )
    assert result.status in ("cpu_limit", "memory_limit")


def test_limits_cannot_be_lifted(arena):
    arena.attack(
        """
        limits = (ctypes.c_uint64 * 2)(2**62, 2**62)
        print(libc.setrlimit(9, limits), libc.prlimit(0, 9, limits, None))
        print(libc.capset(None, None), libc.setuid(0))
        """
    )
    assert arena.prints == ["-1 -1", "-1 -1"]


def test_100_mb_print(arena):
    result = arena.attack("print('x' * 10**8)", output=1000)
    assert result.status == "output_limit"
    assert arena.prints == ["x" * 1000]


def test_many_small_prints(arena):
    result = arena.attack("while True: print()", output=1000)
    assert result.status == "output_limit"
    assert len(arena.prints) == 1000


def test_100_mb_print_past_the_proxy(arena):
    result = arena.attack("while True: send(type='print', text='x' * 10**6, line=1)", output=1000)
    assert result.status == "output_limit"
    assert sum(map(len, arena.prints)) == 1000


def test_writing_past_print(arena):
    arena.attack("print(sys.stdout, sys.stderr, refused(os.write, 1, b'x'), refused(os.write, 2, b'x'))")
    assert arena.prints == ["None None OSError OSError"]


# --- files, network, secrets ------------------------------------------------------------------------------------------


def test_files(arena, tmp_path):
    (tmp_path / "kept").write_text("kept")
    arena.attack(
        """
        for path in PATHS:
            print(refused(os.open, path, os.O_RDONLY), refused(os.open, path, os.O_RDWR | os.O_CREAT))
            print(refused(os.stat, path), refused(os.readlink, path), refused(os.unlink, path), refused(os.rmdir, path))
            print(refused(os.rename, path, path + "x"), refused(os.link, path, path + "x"), refused(os.chmod, path, 0))
            print(refused(os.mkdir, path), refused(os.symlink, path, path), refused(os.mkfifo, path))
        print(refused(os.listdir, "/"), refused(os.chdir, "/"), refused(os.getcwd), refused(os.truncate, PATHS[0], 0))
        print(refused(os.memfd_create, "x"), refused(os.dup, 3), refused(os.pipe), refused(os.statvfs, "/"))
        print(refused(np.loadtxt, "/etc/passwd"), refused(np.save, PATHS[1], np.eye(2)))
        """.replace(
            "PATHS",
            repr(
                [
                    str(tmp_path / "kept"),
                    str(tmp_path / "made"),
                    "/etc/passwd",
                    "/proc/self/environ",
                    "/proc/self/mem",
                    "/proc/self/fd/3",
                    f"/proc/{os.getpid()}/environ",
                    f"/proc/{os.getpid()}/mem",
                    "/dev/shm/made",
                    "relative",
                ]
            ),
        )
    )
    assert set(" ".join(arena.prints).split()) == {"PermissionError"}
    assert [p.name for p in tmp_path.iterdir()] == ["kept"]
    assert (tmp_path / "kept").read_text() == "kept"


def test_open_is_not_there_however_it_is_reached(arena):
    result = arena.attack(
        """
        io = module("io")
        print(refused(io.open, "/etc/passwd"), refused(io.FileIO, "/etc/passwd"))
        print(refused(sys.modules["builtins"].open, "/etc/passwd"))
        print(refused(module("numpy").fromfile, "/etc/passwd"), refused(module("importlib").import_module, "wave"))
        """
    )
    assert result.status in ("completed", "program_error")
    assert set(" ".join(arena.prints).split()) == {"PermissionError"}


def test_network(arena, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as local:
        local.bind(str(tmp_path / "socket"))
        local.listen()
        arena.attack(
            """
            for kind in ((2, 1), (2, 2), (10, 1), (1, 1), (1, 2), (16, 3), (17, 3)):
                print(refused(socket.socket, *kind))
            print(refused(socket.create_connection, ("127.0.0.1", PORT)), refused(socket.socketpair))
            channel = refused(socket.socket, 1, 1, 0, 3)
            if not isinstance(channel, str):
                for what in (channel.connect, channel.bind): print(refused(what, PATH))
                print(refused(channel.send, b"x"), refused(channel.recv, 1), refused(channel.listen))
            """.replace("PORT", str(listener.getsockname()[1])).replace("PATH", repr(str(tmp_path / "socket")))
        )
        for server in (listener, local):
            server.settimeout(0)
            with pytest.raises(BlockingIOError):
                server.accept()
    assert set(" ".join(arena.prints).split()) == {"PermissionError"}


def test_secrets(arena):
    arena.attack("print(dict(os.environ), sys.argv, vars(sys).get('orig_argv'))", output=100_000)
    assert SECRET not in arena.prints[0]
    assert "OPENAI" not in arena.prints[0]
    assert "PYTHONHASHSEED" in arena.prints[0]  # it did see an environment


@pytest.mark.skipif(platform.machine() != "x86_64", reason="machine code of x86_64")
def test_system_calls_of_another_convention(arena):
    arena.attack("print(libc.syscall(0x40000000 + 39))")  # x32 getpid
    assert arena.prints == ["-1"]
    result = arena.attack(
        """
        libc.mmap.restype = ctypes.c_void_p
        code = b"\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3"  # mov eax, 20 (32-bit getpid); int 0x80; ret
        page = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, 0)
        ctypes.memmove(page, code, len(code))
        ctypes.CFUNCTYPE(ctypes.c_int)(page)()
        """
    )
    assert result.status == "crashed"
    assert "SIG" in result.error["message"]


# --- the protocol -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "source",
    [
        "os.write(3, b'x' * 1000)",
        "os.write(3, codec.HEADER.pack(2**31, 0))",
        "os.write(3, codec.HEADER.pack(0, 2**31))",
        "os.write(3, codec.HEADER.pack(5, 0) + b'[[[[[')",
        "os.write(3, codec.HEADER.pack(2**20, 0) + b'[' * 2**20)",
        "send(type='call', name='grip', args=(), kwargs={}, line=1)",
        "send(type='call', name='__class__', args=(), kwargs={}, line=1)",
        "send(type='call', name='echo', args=[], kwargs={}, line=1)",
        "send(type='call', name='echo', args=(), kwargs={1: 1}, line=1)",
        "send(type='call', name='echo', args=(), kwargs={}, line=10**9)",
        "send(type='call', name='echo', args=(), kwargs={})",
        "send(type='value', value=1)",
        "send(type='error', code='stopped', message='', facts={})",
        "send(type='verdict', achieved=True)",
        "send(type='done', achieved=True)",
        "send(type='outcome', status='completed')",
        "send()",
        "send(type='print', text=5, line=1)",
        "send(type='raised', kind='X', code=None, message='m', line='1', memory=False)",
        "for _ in range(100): send(type='where', line=1)",
    ],
)
def test_garbage_on_the_channel(arena, source):
    result = arena.attack(source + "\necho('after')")
    assert result.status == "protocol_error"
    assert "not a message" in result.error["message"]
    assert ("echo", ("after",)) not in [call[:2] for call in arena.calls]


@pytest.mark.parametrize("field", ["position", "size", "yaw", "name"])
def test_objects_of_the_wrong_schema(arena, field):
    result = arena.attack(
        f"""
        thing = Object("a", "block", "red", np.zeros(3), np.zeros(3), 0.0)
        object.__setattr__(thing, {field!r}, {{"x": 1}})
        echo(thing)
        """
    )
    assert result.status == "program_error"
    assert f"args[0].{field}" in result.error["message"]


def test_objects_of_the_wrong_schema_past_the_proxy(arena):
    result = arena.attack(
        """
        codec.SHAPES["Object", "position"] = (5,)
        echo(Object("a", "block", "red", np.zeros(5), np.zeros(3), 0.0))
        """
    )
    assert result.status == "protocol_error"
    assert "Object.position" in result.error["message"]


def test_half_a_frame(arena):
    assert arena.attack("os.write(3, b'\\0\\0')\nwhile True: pass", wall=0.5).status == "wall_limit"
    assert arena.attack("os.write(3, codec.HEADER.pack(100, 0))\nos._exit(0)").status == "crashed"


def test_no_other_descriptor(arena):
    arena.attack("print([n for n in range(1024) if n != 3 and not isinstance(refused(os.write, n, b''), str)])")
    assert arena.prints == ["[]"]


def test_closing_the_channel(arena):
    result = arena.attack("print(refused(os.close, 3), refused(os.dup2, 3, 5))\necho(1)")
    assert result.status == "completed"
    assert arena.prints == ["PermissionError PermissionError"]


def test_forged_end(arena):
    """Saying that it is done is all that a program gains: it ends, and its calls are those that were served."""
    result = arena.attack("send(type='done')\necho('after')\nwhile True: pass")
    assert result.status == "completed"
    assert result.calls == 0
    assert ("echo", ("after",)) not in [call[:2] for call in arena.calls]


def test_forged_primitive_error(arena):
    result = arena.attack("send(type='raised', kind='X', code='hardware', message='m', line=1, memory=False)")
    assert result.status == "program_error"


def test_forged_replies(arena):
    result = arena.attack(
        """
        reach = echo.__globals__
        reach["Channel"].call = lambda *args: True
        reach["Channel"].receive = lambda *args: {"type": "value", "value": True}
        echo.__code__ = (lambda *args, **kwargs: "forged").__code__
        echo.__name__ = "grip"
        print(echo("never sent"))
        """.replace('echo.__code__ = (lambda *args, **kwargs: "forged").__code__\n', "")
    )
    assert result.calls == 0
    assert "never sent" not in str(arena.calls)


def test_forged_print_line_and_text(arena):
    assert arena.attack("send(type='print', text='x', line=10**6)").status == "protocol_error"
    result = arena.attack('os.write(3, codec.HEADER.pack(41, 0) + b\'{"type":"print","text":"\\\\ud800","line":1}\')')
    assert result.status == "protocol_error"


def test_poisoned_libraries_do_not_reach_the_next_program(arena):
    arena.attack("codec.pack = None\nnp.ones = None\nsys.modules.clear()\nsys.setrecursionlimit(10**6)")


def test_deep_recursion(arena):
    result = arena.attack("sys.setrecursionlimit(10**9)\ndef f(x): return f([x])\nf(0)", cpu=1, memory=2**26)
    assert result.status in ("crashed", "memory_limit", "program_error", "cpu_limit", "wall_limit")


# --- around the runner ------------------------------------------------------------------------------------------------


def test_nothing_outlives_a_closed_runner():
    with Runner() as fresh:
        assert fresh.run("1", [], print, print).status == "completed"
        server = server_of(fresh)
        while not children(server):  # the process in store is being forked
            time.sleep(0.01)
        ours = {server, *children(server)}
    assert not ours & processes().keys()


def test_nothing_outlives_a_killed_robot_process():
    script = textwrap.dedent(
        f"""
        from {Runner.__module__} import Runner
        with Runner() as runner:
            runner.run("tell()\\nwhile True: pass", ["tell"], lambda *_: print("running", flush=True), print)
        """
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as robot:
        try:
            assert robot.stdout is not None
            assert robot.stdout.readline() == "running\n"
            left = descendants({robot.pid})
        finally:
            robot.kill()
    assert len(left) == 3  # it, its fork server, the program
    deadline = time.monotonic() + 3
    while left & processes().keys() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not left & processes().keys()


def test_capabilities_tell_the_walls():
    walls = capabilities()
    assert walls.platform == sys.platform
    assert walls.confined == walls.seccomp
    assert str(walls).startswith("confined on" if walls.confined else "NOT confined on")
    assert not Confinement("linux", 7, seccomp=False, memory=True, cpu=True).confined


def weaken(monkeypatch, lines: str) -> None:
    """Have fork servers run `lines` before they begin."""
    monkeypatch.setattr(forkserver, "BOOT", forkserver.BOOT.replace("main(int", f"{lines}\nmain(int"))


def test_without_walls_the_runner_says_so_and_still_ends_programs(monkeypatch):
    weaken(monkeypatch, "import capra.policies.runner.server as s\ns.load_libc = lambda: None")
    with Runner() as fresh:
        assert not fresh.confined
        assert fresh.run("np.eye(2)", [], print, print).status == "completed"
        assert fresh.run("while True: pass", [], print, print, Budget(wall=0.3)).status == "wall_limit"
        assert fresh.run("while True: pass", [], print, print, Budget(cpu=0.3)).status == "cpu_limit"
        assert fresh.run("x = 'x' * 10**10", [], print, print).status == "memory_limit"
        server = server_of(fresh)
    assert server not in processes()


@pytest.mark.parametrize("abi", [1, 3, 4, 7])
def test_landlock_alone_holds_the_files(runner, monkeypatch, tmp_path, abi):
    if runner.confinement.landlock < abi:
        pytest.skip(f"the kernel has Landlock ABI {runner.confinement.landlock}")
    weaken(
        monkeypatch,
        "import capra.policies.runner.walls as w\n"
        f"w.supported_machine = lambda: False\nw.landlock_abi = lambda libc: {abi}",
    )
    with Runner() as fresh:
        assert not fresh.confined
        assert fresh.confinement.landlock == abi
        arena = Arena(fresh)
        arena.attack(
            """
            print(refused(os.open, "/etc/passwd", 0), refused(os.listdir, "/"), refused(os.mkdir, PATH))
            """.replace("PATH", repr(str(tmp_path / "made")))
        )
    assert arena.prints == ["PermissionError PermissionError PermissionError"]


def test_the_filter_alone_holds_everything(runner, monkeypatch, tmp_path):
    weaken(monkeypatch, "import capra.policies.runner.walls as w\nw.landlock_abi = lambda libc: 0")
    with Runner() as fresh:
        assert fresh.confined
        assert fresh.confinement.landlock == 0
        arena = Arena(fresh)
        arena.attack(
            """
            print(refused(os.open, "/etc/passwd", 0), refused(os.listdir, "/"), refused(os.mkdir, PATH))
            print(refused(socket.socket), refused(os.fork), refused(os.kill, os.getppid(), 0))
            """.replace("PATH", repr(str(tmp_path / "made")))
        )
    assert set(" ".join(arena.prints).split()) == {"PermissionError"}


def test_arrays_of_a_hostile_program_are_copies(arena):
    arena.attack("a = np.zeros(3)\necho(a)\na[0] = 5")
    np.testing.assert_array_equal(arena.calls[0][1][0], np.zeros(3))
