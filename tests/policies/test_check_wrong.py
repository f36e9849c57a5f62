"""Wrong programs: each must give the intended problem, on the right line, and nothing else."""

from __future__ import annotations

import pytest

from capra.policies.check import MAX_SOURCE, PROBLEM_CODES, check
from capra.tests.support.stub_primitives import stub_registry

REGISTRY = stub_registry()

# name: (program, line, code, words of the message)
WRONG: dict[str, tuple[str, int, str, tuple[str, ...]]] = {
    "unclosed": ('pick("x"', 1, "syntax", ("never closed",)),
    "return outside": ('pick("x")\nreturn 3', 2, "syntax", ("outside function", "return 3")),
    "bad indent": ('if True:\npick("x")', 2, "syntax", ("indent",)),
    "misspelt primitive": ('pik("x")', 1, "name", ("pik", "did you mean pick?")),
    "unknown function": ('teleport("x")', 1, "name", ("teleport is not defined", "detect, find")),
    "robot object": ('robot.pick("x")', 1, "name", ("robot", "plain functions")),
    "misspelt variable": ('block = find("x")\npick(blok)', 2, "name", ("did you mean block?",)),
    "typing": ("def f(b: List[Object]):\n    pick(b[0])\nf(detect())", 1, "name", ("List",)),
    "class attribute from method": (
        'class A:\n    limit = 3\n    def go(self):\n        pick("x")\n        return limit\nA().go()',
        5, "name", ("limit",),
    ),
    "comprehension variable leaks": ('[b for b in detect()]\npick(b)', 2, "name", ("b is not defined",)),
    "unknown exception": (
        'try:\n    pick("x")\nexcept PrimitiveErr:\n    pass', 3, "name", ("did you mean PrimitiveError?",),
    ),
    "count without global": (
        'count = 0\ndef f():\n    count += 1\nf()\nsay(count)', 3, "name", ("global count",),
    ),
    "primitive hidden in function": (
        'def f():\n    region = region("middle")\n    place_at(region)\nf()', 2, "name", ("another name",),
    ),
    "never a first value": ('total += 1\nsay(total)', 1, "name", ("never given a first value",)),
    "time": ('time.sleep(1)\ngo_home()', 1, "name", ("time", "no waiting")),
    "import os": ('import os\ngo_home()', 1, "import", ("os", "math, numpy and shapely")),
    "import subpackage": ('import os.path as p\ngo_home()', 1, "import", ("os.path",)),
    "import of primitives": (
        'from capra import pick\npick("x")', 1, "import", ("pick can be used without an import",),
    ),
    "relative import": ('from . import pick\npick("x")', 1, "import", ("import of .",)),
    "import of missing name": ('from math import squareroot\ngo_home()', 1, "import", ("squareroot",)),
    "defines a primitive": ('def pick(x):\n    say(x)\npick("x")', 1, "shadow", ("pick is a primitive",)),
    "numpy.sort as find": ('from numpy import sort as find\nsay(find([1]))', 1, "shadow", ("find is a primitive",)),
    "missing argument": ('pick()', 1, "argument", ("needs the argument target", "pick(target: Object | str)")),
    "missing argument of find": ('x = 1\nfind()', 2, "argument", ("find() needs the argument query",)),
    "too many": ('go_home(1)', 1, "argument", ("takes no arguments, got 1",)),
    "too many positional": ('pick("a", "b")', 1, "argument", ("at most 1 positional argument, got 2",)),
    "unknown keyword": ('move_to((0.5, 0, 0.2), yow=1)', 1, "argument", ("did you mean 'yaw'?",)),
    "given twice": ('pick("a", target="b")', 1, "argument", ("'target' twice",)),
    "string for number": ('move_by("up")', 1, "argument", ("dx must be a number, got 'up'",)),
    "string in point": ('place_at((0.4, "left"))', 1, "argument", ("target must be",)),
    "none": ('pick(None)', 1, "argument", ("got None",)),
    "number for object": ('pick(3)', 1, "argument", ("an Object or a string, got 3",)),
    "list for object": ('pick(detect("block"))', 1, "argument", ("list of Objects", "detect('block')[0]")),
    "words for place": ('place_at("left side")', 1, "argument", ("did you mean region('left side')?",)),
    "object for place": ('b = find("b")\nplace_at(b)', 2, "argument", ("did you mean b.position?",)),
    "object for query": ('b = find("b")\nfind(b)', 2, "argument", ("did you mean b.name?",)),
    "vector for number": ('move_by(find("b").position)', 1, "argument", ("array of 3 numbers",)),
    "function for object": ('pick(find)', 1, "argument", ("the function find itself",)),
    "result of nothing": ('x = move_by(0.1)\npick(x)', 2, "argument", ("None",)),
    "choice": ('draw("circl")', 1, "argument", ("one of 'circle', 'square'",)),
    "tuple too long": ('points(3, (1, 2, 3))', 1, "argument", ("tuple of 2 numbers",)),
    "fraction for count": ('points(2.5)', 1, "argument", ("whole number",)),
    "colour": ('print(find("x").colour)', 1, "attribute", ("Object", "did you mean 'color'?")),
    "colour in a loop": ('for b in detect():\n    print(b.colour)', 2, "attribute", ("b is an Object",)),
    "colour in a comprehension": ('print([b.colour for b in detect()])', 1, "attribute", ("colour",)),
    "colour in a key": ('print(sorted(detect(), key=lambda b: b.colour))', 1, "attribute", ("colour",)),
    "colour of a helper's result": (
        'def get(n):\n    return find(n)\nprint(get("x").colour)', 3, "attribute", ("get() returns an Object",),
    ),
    "colour of an element": ('blocks = detect()\nprint(blocks[0].colour)', 2, "attribute", ("colour",)),
    "colour of the nearest": ('b = min(detect(), key=lambda b: b.x)\nprint(b.colour)', 2, "attribute", ("colour",)),
    "colour of the unpacked": ('a, b = find("a"), find("b")\nprint(b.colour)', 2, "attribute", ("b is an Object",)),
    "colour within enumerate": ('for i, b in enumerate(detect()):\n    print(b.colour)', 2, "attribute", ("colour",)),
    "name of list": ('print(detect("x").name)', 1, "attribute", ("list of Objects", "[0].name")),
    "name of function": ('print(find.name)', 1, "attribute", ("find is a function: call it",)),
    "x of position": ('print(find("x").position.x)', 1, "attribute", (".position[0]",)),
    "attribute of None": ('x = say("a")\nprint(x.text)', 2, "attribute", ("x is None",)),
    "field of the error": (
        'try:\n    pick("x")\nexcept PrimitiveError as e:\n    say(e.reason)',
        4, "attribute", ("code, message, facts",),
    ),
    "math.foo": ('move_by(math.foo)', 1, "attribute", ("math has no 'foo'",)),
    "numpy.foo": ('import numpy as n\nmove_by(n.squareroot(2))', 2, "attribute", ("numpy has no 'squareroot'",)),
    "string method": ('print(ask("who?").to_upper())', 1, "attribute", ("upper",)),
    "loop over one": ('for b in find("x"):\n    pick(b)', 1, "type", ("cannot be looped over", "detect()")),
    "loop over sort": (
        'blocks = detect().sort(key=lambda b: b.x)\nfor b in blocks:\n    pick(b)', 2, "type", ("blocks is None",),
    ),
    "index one": ('print(find("x")[0])', 1, "type", ("a single one",)),
    "field by key": ('b = find("x")\nprint(b["name"])', 2, "type", ("b.name",)),
    "list by key": ('print(detect()["red"])', 1, "type", ("cannot be indexed with ['red']",)),
    "index beyond": ('print(find("x").position[3])', 1, "type", ("array of 3 numbers",)),
    "unpack to two": ('x, y = find("x").position', 1, "type", ("gives 3 values, not 2 (x, y)",)),
    "unpack one": ('a, b = find("x")', 1, "type", ("an Object",)),
    "len of one": ('print(len(find("x")))', 1, "type", ("no len()",)),
    "call of field": ('print(find("x").name())', 1, "type", ("a string, not a function",)),
    "assign to field": ('b = find("x")\nb.color = "red"', 2, "type", ("cannot be changed",)),
    "text plus number": ('say("n: " + len(detect()))', 1, "type", ("str(len(detect()))",)),
    "object plus number": ('move_to(find("x") + 0.1)', 1, "type", ("use .position",)),
    "add to text": ('s = "a"\ns += 1\nsay(s)', 2, "type", ("do not go together",)),
    "shapes": ('print(find("x").position + (0.1, 0))', 1, "type", ("do not go together",)),
    "order of objects": ('print(find("a") < find("b"))', 1, "type", ("cannot be ordered",)),
    "in an object": ('print("red" in find("x"))', 1, "type", ("in",)),
    "equal positions": (
        'if find("a").position == find("b").position:\n    say("x")', 1, "type", ("np.allclose",),
    ),
    "holding not called": ('if holding:\n    say("x")', 1, "type", ("always true; call it",)),
    "not holding": ('while not holding:\n    close_gripper()', 1, "type", ("always true",)),
    "statement not called": ('go_home', 1, "type", ("not called",)),
    "format of vector": ('say(f"{find(\'x\').position:.2f}")', 1, "type", ("':.2f'",)),
    "number from object": ('print(float(find("x")))', 1, "type", ("float()",)),
    "subclasses": ('print(find("x").__class__.__subclasses__())', 1, "forbidden", ("__subclasses__",)),
    "globals of function": ('print(pick.__globals__)', 1, "forbidden", ("interpreter",)),
    "getattr": ('print(getattr(pick, "__globals__"))', 1, "forbidden", ("__globals__",)),
    "builtins": ('print(__builtins__)\ngo_home()', 1, "forbidden", ("__builtins__",)),
    "frames": ('def g():\n    yield\nprint(g().gi_frame.f_back)\ngo_home()', 3, "forbidden", (".gi_frame",)),
    "open": ('open("x")', 1, "forbidden", ("open_gripper",)),
    "input": ('print(input("?"))', 1, "forbidden", ("ask(question)",)),
    "numpy file": ('np.save("x", find("x").position)', 1, "forbidden", ("files",)),
    "exit": ('pick("x")\nexit()', 2, "forbidden", ("exit",)),
    "no primitive": ("x = 1\nprint(x)", 1, "no_call", ("calls no primitive",)),
    "empty": ("", 1, "no_call", ("calls no primitive",)),
    "main never called": ('def main():\n    pick("x")', 1, "no_call", ("main() is never called",)),
    "main calls itself only": (
        'def helper():\n    pick("x")\ndef main():\n    helper()\n    main()', 1, "no_call", ("never called",),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("source", "line", "code", "words"), WRONG.values(), ids=WRONG.keys())
def test_wrong_program_has_the_intended_problem(source: str, line: int, code: str, words: tuple[str, ...]) -> None:
    problems = check(source, REGISTRY)
    found = [p for p in problems if p.code == code and p.line == line and all(w in p.message for w in words)]
    assert found, problems
    assert {p.code for p in problems} == {code}


@pytest.mark.parametrize("name", ["exec", "eval", "compile", "open", "input", "globals", "__import__", "breakpoint"])
def test_dangerous_builtins_are_refused_even_uncalled(name: str) -> None:
    assert [p.code for p in check(f"x = {name}\ngo_home()", REGISTRY)] == ["forbidden"]


def test_every_problem_is_listed_by_line_and_once() -> None:
    problems = check('pik("a")\npik("b")\nfind("x").colour\nimport os\nmove_by("a", "b")', REGISTRY)
    assert [p.line for p in problems] == [1, 3, 4, 5, 5]
    assert {p.code for p in problems} <= set(PROBLEM_CODES)


def test_a_mistake_is_reported_once_and_not_carried_on() -> None:
    problems = check('c = find("x").colour\nprint(c.a.b, c + 1, c[0])\nfor d in c:\n    pick(d)', REGISTRY)
    assert [p.code for p in problems] == ["attribute"]


def test_catching_everything_does_not_hide_a_mistake() -> None:
    problems = check('try:\n    pick("x")\n    print(find("y").colour)\nexcept Exception as e:\n    say(e)', REGISTRY)
    assert [(p.line, p.code) for p in problems] == [(3, "attribute")]


@pytest.mark.parametrize(
    "source",
    ["\0", "x = '\ud800'", "(" * 5000, "-" * 50_000 + "1", "a" + ".b" * 20_000, "x = " + "9" * 10_000, "\t\x0c \\"],
    ids=["null", "surrogate", "parentheses", "minus", "attributes", "digits", "blank"],
)
def test_hostile_text_is_a_problem_and_no_crash(source: str) -> None:
    assert check(source, REGISTRY)


def test_overlong_source_is_refused_with_the_limit() -> None:
    problem = check("x = 1\n" * (MAX_SOURCE // 6 + 1), REGISTRY)[0]
    assert str(MAX_SOURCE) in problem.message
