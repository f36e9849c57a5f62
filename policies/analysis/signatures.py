"""Calls of primitives against their signatures, and the signatures as text."""

from __future__ import annotations

import ast
import difflib
import inspect
from collections.abc import Callable, Iterator

from ...primitives.registry import Primitive, Registry
from ...primitives.values import VALUE_TYPES, Region
from .hints import fields_of, fits, wanted
from .problem import shorten
from .types import ANYTHING, STRING, Items, Type, Value, describe


def signature_text(primitive: Primitive) -> str:
    """`name(parameter: type = default, ...) -> type` as a program sees it, one line."""
    parts: list[str] = []
    marked = False
    for parameter in primitive.signature.parameters.values():
        text = f"{parameter.name}: {_annotation(parameter.annotation)}"
        if parameter.kind is parameter.VAR_POSITIONAL:
            text, marked = "*" + text, True
        elif parameter.kind is parameter.VAR_KEYWORD:
            text = "**" + text
        elif parameter.kind is parameter.KEYWORD_ONLY and not marked:
            parts.append("*")
            marked = True
        if parameter.default is not parameter.empty:
            text += f" = {parameter.default!r}"
        parts.append(text)
    return f"{primitive.name}({', '.join(parts)}) -> {_annotation(primitive.signature.return_annotation)}"


def _annotation(annotation: object) -> str:
    text = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    words = ast.unparse(_Bare().visit(ast.parse(text, mode="eval"))) if text else ""
    return words.replace("NDArray[float64]", "ndarray")


class _Bare(ast.NodeTransformer):
    """`capra.primitives.values.Object` -> `Object`: a program knows no modules."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        return ast.Name(node.attr, ast.Load())


def stubs(registry: Registry) -> str:
    """Every primitive as a `def` line with its docstring: what the author reads and the docs show."""
    shown = [_stub(primitive) for primitive in registry if not primitive.name.startswith("_")]
    ours = [h for h in registry.helpers.values() if inspect.isfunction(h) and not h.__module__.startswith("shapely")]
    return "\n\n".join([*shown, *(_helper(function) for function in ours)])


def _helper(function: Callable[..., object]) -> str:
    """A function that runs within the program: what it takes, and its docstring."""
    names = []
    for parameter in inspect.signature(function).parameters.values():
        default = f"={parameter.default!r}" if parameter.default is not parameter.empty else ""
        names.append(parameter.name + default)
    doc = " ".join((inspect.getdoc(function) or "").split())
    return f'def {function.__name__}({", ".join(names)}):\n    """{doc}"""'


def _stub(primitive: Primitive) -> str:
    doc = primitive.doc.replace("\n", "\n    ").replace("\n    \n", "\n\n")
    quotes = '"""' if '"""' not in doc else "'''"
    return f"def {signature_text(primitive)}:\n    {quotes}{doc}{quotes}"


def argument_problems(
    primitive: Primitive, call: ast.Call, of: Callable[[ast.expr], Type]
) -> Iterator[tuple[int, str]]:
    """(line, message) for every argument that does not fit. of: the type of an expression."""
    parameters = list(primitive.signature.parameters.values())
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    variadic = next((p for p in parameters if p.kind is p.VAR_POSITIONAL), None)
    takes_any_keyword = any(p.kind is p.VAR_KEYWORD for p in parameters)
    spread = any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords)
    usage = f"use {signature_text(primitive)}"
    given: dict[str, ast.expr] = {}
    for index, argument in enumerate(call.args):
        if isinstance(argument, ast.Starred):
            break
        if index < len(positional):
            given[positional[index].name] = argument
        elif variadic is None:
            most = f"at most {len(positional)} positional argument{'s' if len(positional) != 1 else ''}"
            yield (
                call.lineno,
                f"{primitive.name}() takes {most if positional else 'no arguments'}, got {len(call.args)}; {usage}",
            )
            break
    by_keyword = [p.name for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    for keyword in call.keywords:
        if keyword.arg is None:
            continue
        if keyword.arg in by_keyword:
            if keyword.arg in given:
                yield keyword.value.lineno, f"{primitive.name}() got {keyword.arg!r} twice; {usage}"
            given[keyword.arg] = keyword.value
        elif not takes_any_keyword:
            close = difflib.get_close_matches(keyword.arg, by_keyword, 1)
            meant = f"did you mean {close[0]!r}? " if close else ""
            yield keyword.value.lineno, f"{primitive.name}() has no argument {keyword.arg!r}; {meant}{usage}"
    if not spread:
        missing = [
            p.name
            for p in parameters
            if p.default is p.empty and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) and p.name not in given
        ]
        if missing:
            yield call.lineno, f"{primitive.name}() needs {_listed(missing)}; {usage}"
    for name, argument in given.items():
        yield from _wrong_value(primitive, name, argument, of(argument))


def _wrong_value(primitive: Primitive, name: str, argument: ast.expr, kind: Type) -> Iterator[tuple[int, str]]:
    hint = primitive.hints.get(name)
    if kind is ANYTHING or fits(hint, kind, argument):
        return
    text = shorten(ast.unparse(argument))
    got = text if isinstance(argument, (ast.Constant, ast.UnaryOp)) else f"{describe(kind)} ({text})"
    instead = _instead(hint, text, kind)
    meant = f"did you mean {instead}? " if instead else ""
    yield (
        argument.lineno,
        f"{primitive.name}(): {name} must be {wanted(hint)}, got {got}; {meant}use {signature_text(primitive)}",
    )


def _instead(hint: object, text: str, kind: Type) -> str:
    """A part of the value, or what is made from it, that would fit."""
    if kind == STRING and fits(hint, Value(Region)):
        return f"region({text})"
    if isinstance(kind, Value) and kind.cls in VALUE_TYPES.values():
        fields = fields_of(kind.cls)
        return next(
            (f"{text}.{f}" for f in ("position", "center", "name") if f in fields and fits(hint, fields[f])), ""
        )
    if isinstance(kind, Items) and kind.cls is list and kind.element != ANYTHING and fits(hint, kind.element):
        return f"{text}[0]"
    return ""


def _listed(names: list[str]) -> str:
    return "the argument " + names[0] if len(names) == 1 else "the arguments " + ", ".join(names)
