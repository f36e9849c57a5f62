"""The runner with programs that mean well, or fail the way programs fail."""

import os
import signal
import textwrap
import threading
import time

import numpy as np
import pytest

from capra.policies.runner.runner import Budget, Runner
from capra.policies.trace import OUTCOMES
from capra.primitives.errors import PrimitiveError
from capra.primitives.values import Object

BLOCK = Object("red block", "block", "red", np.array([0.5, 0.1, 0.02]), np.full(3, 0.04), 0.3, 7)


class Robot:
    """Primitives of these tests: echo gives its arguments back, fail raises, see gives an object."""

    names = ("echo", "fail", "see")

    def __init__(self):
        self.calls = []
        self.prints = []

    def call(self, name, args, kwargs, line):
        self.calls.append((name, args, kwargs, line))
        if name == "fail":
            raise PrimitiveError("not_found", "no bowl in view", seen=["red block"], distance=np.float64(0.25))
        return BLOCK if name == "see" else (args, kwargs)

    def say(self, text, line):
        self.prints.append((text, line))


def server_of(runner):
    """The process that the tests below kill."""
    server = runner._server
    assert server is not None
    return server


@pytest.fixture(scope="module")
def runner():
    with Runner() as made:
        yield made


@pytest.fixture
def robot():
    return Robot()


@pytest.fixture
def run(runner, robot):
    def run_program(source, **budget):
        result = runner.run(textwrap.dedent(source), robot.names, robot.call, robot.say, Budget(**budget))
        assert result.status in OUTCOMES
        assert (result.error is None) == (result.status == "completed")
        return result

    return run_program


def test_calls_cross_with_values_and_lines(run, robot):
    result = run(
        """\
        from shapely.geometry import Point
        import numpy.linalg, math as m

        def ask(x):
            return echo(x, key=[m.pi, None])

        (first,), rest = ask((1, "two", np.eye(2), see()))
        assert first[2].sum() == 2 and first[3].name == "red block" and isinstance(first[3], Object)
        assert rest == {"key": [m.pi, None]}
        print("area", round(Point(0, 0).buffer(1).area, 2), sep="=")
        """
    )
    assert result.status == "completed", result.error
    assert result.calls == 2
    assert [(c[0], c[3]) for c in robot.calls] == [("see", 7), ("echo", 5)]
    assert robot.calls[1][1][0][3].position.tolist() == BLOCK.position.tolist()
    assert robot.prints == [("area=3.14", 10)]


def test_programs_have_the_language_and_the_libraries(run, robot):
    result = run(
        """\
        from __future__ import annotations
        class Shelf(list):
            @property
            def total(self): return sum(self)
        def main():
            rng = np.random.default_rng(0)
            a = rng.normal(size=(50, 50))
            assert np.allclose(np.linalg.inv(a) @ a, np.eye(50))
            hull = shapely.MultiPoint(rng.uniform(size=(30, 2))).convex_hull
            assert 0 < shapely.ops.unary_union([hull, shapely.box(0, 0, .1, .1)]).area < 1.01
            assert shapely.affinity.rotate(hull, 30).area > 0
            squares = (n * n for n in range(4))
            match Shelf(squares).total:
                case 14: print(f"{math.tau:.3f}")
        if __name__ == "__main__":
            main()
        """
    )
    assert result.status == "completed", result
    assert robot.prints == [("6.283", 14)]


def test_libraries_work_behind_the_walls(run, robot):
    """What they load at first use was loaded before: behind the walls no file can be opened."""
    result = run(
        """\
        a = np.random.default_rng(0).normal(size=(20, 20))
        square, point = shapely.box(0, 0, 1, 1), shapely.Point(0.5, 0.5)
        uses = [
            lambda: (a.mean(), a.std(), np.median(a), np.percentile(a, 5), np.histogram(a), np.unique(a.round())),
            lambda: (np.linalg.svd(a), np.linalg.lstsq(a, a[0], rcond=None), np.fft.fft(a), np.diff(a)),
            lambda: (np.einsum("ij,jk", a, a), np.cross([1, 0, 0], [0, 1, 0]), np.random.choice(5, 3), np.cov(a)),
            lambda: (str(a), repr(a.astype("f4")), f"{a[0]} {a[0, 0]:.3f}", np.ma.array([1], mask=[1])),
            lambda: (a / 0, np.sqrt(-1.0), np.array([[1, 2]]).dot([[1], [2]])),
            lambda: (shapely.STRtree([point]).query(square), shapely.ops.nearest_points(point, square), repr(point)),
            lambda: (shapely.from_wkt("POINT (1 1)"), shapely.prepared.prep(square).contains(point), point.wkb),
            lambda: (shapely.affinity.translate(point, 1), square.minimum_rotated_rectangle, square.buffer(0.1).area),
        ]
        for use in uses:
            use()
        """
    )
    assert result.status == "completed", result.error


def test_primitive_error_can_be_caught(run, robot):
    result = run(
        """\
        try:
            fail()
        except PrimitiveError as error:
            print(error.code, error.message, error.facts)
        """
    )
    assert result.status == "completed"
    assert robot.prints == [("not_found no bowl in view {'seen': ['red block'], 'distance': 0.25}", 4)]


def test_uncaught_primitive_error_ends_the_program_at_its_line(run):
    result = run("def go():\n    fail()\n\ngo()")
    assert result.status == "primitive_error"
    assert result.error == {"code": "not_found", "message": "no bowl in view", "line": 2}


def test_a_primitive_error_of_the_programs_own_making_is_no_primitives(run):
    result = run("raise PrimitiveError('hardware', 'the arm is broken')")
    assert result.status == "program_error"
    assert result.error == {"code": "PrimitiveError", "message": "the arm is broken", "line": 1}


@pytest.mark.parametrize(
    ("source", "code", "message", "line"),
    [
        ("x = 1\nx / 0", "ZeroDivisionError", "division by zero", 2),
        ("x = (1,", "SyntaxError", "never closed", 1),
        ("x = 1\nif x:\n", "IndentationError", "expected an indented block", 2),
        ("x = 'a\0b'", "", "null byte", None),
        ("import os", "ImportError", "valid: math, numpy, shapely", 1),
        ("open('x')", "NameError", "'open' is not defined", 1),
        ("echo(lambda: 1)", "TypeError", "echo(): args[0]: function <function <lambda>> cannot be sent", 1),
        ("\necho(a={1})", "TypeError", "echo(): kwargs['a']: set {1} cannot be sent", 2),
        ("raise SystemExit(0)", "SystemExit", "0", 1),
        ("class Odd(Exception):\n  def __str__(self): 1/0\nraise Odd", "Odd", "could not be made", 3),
        ("def f(): f()\nf()", "RecursionError", "maximum recursion depth", 1),
    ],
)
def test_errors_of_the_program(run, source, code, message, line):
    result = run(source)
    assert result.status == "program_error"
    assert code in result.error["code"]
    assert message in result.error["message"]
    assert result.error["line"] == line


def test_a_result_that_cannot_be_sent_is_the_primitives_fault(runner, run):
    with pytest.raises(TypeError, match="result of primitive 'echo'"):
        runner.run("echo()", ["echo"], lambda *_: object(), print)
    assert run("see()").status == "completed"


def test_what_else_a_primitive_raises_passes_through(runner, run):
    def broken(*_):
        raise TimeoutError("driver")

    with pytest.raises(TimeoutError, match="driver"):
        runner.run("try:\n  echo()\nexcept BaseException:\n  pass", ["echo"], broken, print)
    assert run("see()").status == "completed"


def test_images_cross_both_ways(runner):
    image = np.arange(480 * 640 * 3, dtype=np.uint8).reshape(480, 640, 3)
    got = []

    def call(name, args, kwargs, line):
        got.extend(args)
        return image

    result = runner.run("echo(echo()[::-1])", ["echo"], call, print)
    assert result.status == "completed"
    np.testing.assert_array_equal(got[0], image[::-1])


def test_programs_do_not_see_one_another(run, robot):
    run("np.leftover = 1\nmath.pi = 3")
    run("print(hasattr(np, 'leftover'), math.pi > 3)")
    assert robot.prints == [("False True", 1)]


def test_print_is_like_print(run, robot):
    run("print()\nprint(1, None, sep='-', end='')\nprint('a', [2], flush=True)")
    assert robot.prints == [("", 1), ("1-None", 2), ("a [2]", 3)]


def test_random_numbers_and_sets_are_the_same_in_every_runner():
    def draw():
        said = []
        with Runner() as fresh:
            source = "print(np.random.rand(), list({'a', 'b', 'c', 'd'}))"
            assert fresh.run(source, [], print, lambda text, _: said.append(text)).status == "completed"
        return said

    assert draw() == draw()


def test_budget_values_are_checked():
    with pytest.raises(ValueError, match="budget wall must be a positive number, got 0"):
        Budget(wall=0)
    with pytest.raises(ValueError, match="cpu"):
        Budget(cpu=float("nan"))


def test_one_program_at_a_time(runner, robot):
    def nested(*_):
        runner.run("1", [], robot.call, robot.say)

    with pytest.raises(RuntimeError, match="already running"):
        runner.run("echo()", ["echo"], nested, robot.say)


def test_the_wall_budget_counts_primitives(runner):
    result = runner.run("x = 1\nwait()\nwait()", ["wait"], lambda *_: time.sleep(0.3), print, Budget(wall=0.2))
    assert result.status == "wall_limit"
    assert result.error == {"code": "wall_limit", "message": "the program ran longer than 0.2 s", "line": 2}
    assert result.calls == 1


def test_stop_from_another_thread(runner, run):
    timer = threading.Timer(0.2, runner.stop)
    timer.start()
    result = run("x = 1\nwhile True: pass", wall=10)
    assert result.status == "stopped"
    assert result.seconds_wall < 5
    timer.join()


def test_stop_while_a_primitive_is_served(runner):
    def call(*_):
        runner.stop()

    result = runner.run("echo()\necho()", ["echo"], call, print)
    assert result.status == "stopped"
    assert result.calls == 1


def test_a_stop_when_nothing_runs_is_forgotten(runner, run):
    runner.stop()
    assert run("see()").status == "completed"


def test_an_interrupt_passes_through_and_kills_the_program(runner, run):
    def interrupt(signum, frame):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            run("while True: pass", wall=10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert run("see()").status == "completed"


def test_a_lost_fork_server_is_replaced(robot):
    with Runner() as fresh:
        assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"
        os.kill(server_of(fresh).pid, signal.SIGKILL)
        time.sleep(0.1)
        assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"

        def call(*_):
            os.kill(server_of(fresh).pid, signal.SIGKILL)
            time.sleep(0.1)

        result = fresh.run("echo()\necho()", robot.names, call, robot.say)
        assert result.status == "crashed"
        assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"


def test_a_lost_child_in_store_is_replaced(robot):
    with Runner() as fresh:
        assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"
        assert fresh._child is not None
        server_of(fresh)._send(f"kill {fresh._child[0]}\n")
        time.sleep(0.1)
        assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"


def test_a_server_that_cannot_start_says_why(monkeypatch):
    monkeypatch.setattr("capra.policies.runner.forkserver.BOOT", "raise OSError('no numpy here')")
    with Runner() as broken, pytest.raises(RuntimeError, match="could not start: OSError: no numpy here"):
        broken.run("1", [], print, print)


def test_many_open_files_do_not_matter(robot, tmp_path):
    low = [os.open(tmp_path, os.O_RDONLY) for _ in range(300)]
    try:
        with Runner() as fresh:
            assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"
            assert fresh.run("see()", robot.names, robot.call, robot.say).status == "completed"
    finally:
        for descriptor in low:
            os.close(descriptor)


def test_a_closed_runner_says_so():
    closed = Runner()
    closed.close()
    with pytest.raises(RuntimeError, match="closed"):
        closed.run("1", [], print, print)
