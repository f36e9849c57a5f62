"""Uses of values that their types surely do not allow."""

# ruff: noqa: N802, N815 - the names of ast.NodeVisitor's methods are the names of Python's syntax nodes
from __future__ import annotations

import ast

import numpy as np

from ...primitives.registry import Registry
from . import operations
from .hints import fields_of
from .infer import Inference
from .modules import NO_FILES
from .problem import shorten
from .rules import Rules
from .signatures import argument_problems, signature_text
from .suggest import close_to
from .types import ANYTHING, NONE, Items, Module, OneOf, PrimitiveFunction, Row, Type, Value, Vector, article, describe

_ITERATING = frozenset(
    {"sorted", "list", "tuple", "set", "frozenset", "sum", "enumerate", "reversed", "any", "all", "iter", "min", "max"}
    | {"zip", "filter", "map"}
)
_CONVERTING = frozenset({"float", "int", "abs", "round"})
_SYMBOLS: dict[type, str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%", ast.Pow: "**",
}  # fmt: skip


class UseRules(Rules):
    def __init__(self, tree: ast.Module, types: Inference, registry: Registry) -> None:
        super().__init__()
        self._types = types
        self._registry = registry
        self.visit(tree)

    def _of(self, node: ast.expr) -> Type:
        return self._types.of(node)

    # --- attributes and elements -------------------------------------------------------------------------------------

    def visit_Attribute(self, node: ast.Attribute) -> None:
        kind = self._of(node.value)
        if isinstance(kind, Module) and kind.module is np and node.attr in NO_FILES:
            self.report(node, "forbidden", f"np.{node.attr} is not allowed: a program may not touch files")
        elif isinstance(node.ctx, ast.Load):
            if operations.attribute(kind, node.attr) is None and not node.attr.startswith("__"):
                self.report(node, "attribute", self._missing(node, kind))
        elif isinstance(kind, Value) and kind.cls in operations.DATA:
            self.report(
                node,
                "type",
                f"{self._said(node.value, kind)}, which cannot be changed; use the primitives",
            )
        self.generic_visit(node)

    def _missing(self, node: ast.Attribute, kind: Type) -> str:
        """Why there is no such attribute, and what was probably meant."""
        name, text = node.attr, shorten(ast.unparse(node.value))
        if isinstance(kind, PrimitiveFunction):
            return f"{text} is a function: call it, {signature_text(self._registry[kind.name])}, then use .{name}"
        if isinstance(kind, Module):
            close = close_to(name, dir(kind.module))
            return f"{kind.module.__name__} has no {name!r}" + (f"; did you mean {text}.{close}?" if close else "")
        lead = f"{self._said(node.value, kind)} and has no attribute {name!r}"
        if kind == NONE:
            return f"{self._said(node.value, kind)}, which has no attribute {name!r}"
        if isinstance(kind, Vector) and name in ("x", "y", "z"):
            return f"{lead}; write {text}[{'xyz'.index(name)}]"
        if (
            isinstance(kind, Items)
            and operations.attribute(kind.element, name) is not None
            and kind.element != ANYTHING
        ):
            return f"{lead}; take one of its elements first, such as {text}[0].{name}, or loop over it"
        fields = _fields(kind)
        close = close_to(name, fields)
        if close:
            return f"{lead}; did you mean {close!r}?"
        if isinstance(kind, Value) and kind.cls in operations.DATA:
            return f"{lead}; {article(kind.cls.__name__)} has {', '.join(fields)}"
        close = close_to(name, _python_attributes(kind))
        return f"{lead}; did you mean {close!r}?" if close else lead

    def visit_Subscript(self, node: ast.Subscript) -> None:
        kind = self._of(node.value)
        if isinstance(node.ctx, ast.Load):
            wrong = operations.item(kind, node.slice, self._of(node.slice)) is None
        else:
            wrong = isinstance(kind, Row) or (isinstance(kind, Value) and not hasattr(kind.cls, "__setitem__"))
        if wrong:
            self.report(node, "type", self._no_item(node, kind))
        self.generic_visit(node)

    def _no_item(self, node: ast.Subscript, kind: Type) -> str:
        text, index = shorten(ast.unparse(node.value)), shorten(ast.unparse(node.slice))
        key = node.slice.value if isinstance(node.slice, ast.Constant) else None
        lead = self._said(node.value, kind)
        if isinstance(kind, Value) and kind.cls in operations.DATA:
            if isinstance(key, str):
                field = key if key in _fields(kind) else close_to(key, _fields(kind))
                return f"{lead}; use an attribute: {text}.{field or _fields(kind)[0]}"
            return f"{lead}, a single one, and cannot be indexed with [{index}]"
        if isinstance(kind, PrimitiveFunction):
            return f"{lead}: call it with ( ) before indexing"
        return f"{lead} and cannot be indexed with [{index}]"

    # --- calls -------------------------------------------------------------------------------------------------------

    def visit_Call(self, node: ast.Call) -> None:
        kind = self._of(node.func)
        if isinstance(kind, PrimitiveFunction):
            for line, message in argument_problems(self._registry[kind.name], node, self._of):
                place = ast.copy_location(ast.Pass(), node)
                place.lineno = line
                self.report(place, "argument", message)
        elif not operations.callable_(kind):
            text = shorten(ast.unparse(node.func))
            hint = f"; leave the () out: {text}" if isinstance(node.func, ast.Attribute) else ""
            self.report(node, "type", f"{text} is {describe(kind)}, not a function{hint}")
        elif self._types.is_builtin(node.func) and isinstance(node.func, ast.Name):
            self._builtin(node, node.func.id)
        self.generic_visit(node)

    def _builtin(self, node: ast.Call, name: str) -> None:
        arguments = [a for a in node.args if not isinstance(a, ast.Starred)]
        if len(arguments) != len(node.args) or not arguments:
            return
        first = self._of(arguments[0])
        if name == "len" and not operations.sized(first):
            self.report(node, "type", f"{self._said(arguments[0], first)}, which has no len()")
        elif name in _CONVERTING and all(_no_number(m) for m in _members(first)):
            self.report(node, "type", f"{self._said(arguments[0], first)}, which {name}() cannot turn into a number")
        elif name in _ITERATING:
            if name in ("min", "max") and len(arguments) > 1:
                return
            for argument in (
                arguments if name == "zip" else arguments[1:] if name in ("map", "filter") else arguments[:1]
            ):
                self._iterated(argument)

    # --- iteration and unpacking -------------------------------------------------------------------------------------

    def _iterated(self, node: ast.expr) -> None:
        kind = self._of(node)
        if operations.element(kind) is None:
            hint = ""
            if isinstance(kind, Value) and kind.cls in operations.DATA and isinstance(node, ast.Call):
                hint = "; detect() gives a list" if "detect" in self._registry else ""
            self.report(node, "type", f"{self._said(node, kind)}, which cannot be looped over{hint}")

    def visit_For(self, node: ast.For) -> None:
        self._iterated(node.iter)
        element = operations.element(self._of(node.iter))
        self._unpacked(node.target, node.iter, element)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        self._iterated(node.iter)
        self._unpacked(node.target, node.iter, operations.element(self._of(node.iter)))
        self._tests(*node.ifs)
        self.generic_visit(node)

    def visit_Starred(self, node: ast.Starred) -> None:
        if isinstance(node.ctx, ast.Load):
            self._iterated(node.value)
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, (ast.Tuple, ast.List)) and operations.element(self._of(node.value)) is None:
                self._iterated(node.value)
            else:
                self._unpacked(target, node.value, self._of(node.value))
        self.generic_visit(node)

    def _unpacked(self, target: ast.expr, source: ast.expr, kind: Type | None) -> None:
        if kind is None or not isinstance(target, (ast.Tuple, ast.List)):
            return
        if any(isinstance(t, ast.Starred) for t in target.elts):
            return
        if operations.element(kind) is None:
            self.report(
                target,
                "type",
                f"each element of {shorten(ast.unparse(source))} is {describe(kind)} and cannot be unpacked",
            )
            return
        length = operations.length_known(kind)
        if length is not None and length != len(target.elts):
            names = shorten(ast.unparse(target).strip("()"))
            self.report(
                target,
                "type",
                f"{shorten(ast.unparse(source))} gives {length} values, not {len(target.elts)} ({names})",
            )

    # --- operators ---------------------------------------------------------------------------------------------------

    def visit_BinOp(self, node: ast.BinOp) -> None:
        self._operands(node, node.op, node.left, node.right)
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if not isinstance(node.target, ast.Name):
            self.generic_visit(node)
            return
        before = self._types.before_change(node.target)
        self._operands(node, node.op, node.target, node.value, before)
        self.visit(node.value)

    def _operands(
        self, node: ast.AST, op: ast.operator, left: ast.expr, right: ast.expr, before: Type | None = None
    ) -> None:
        a, b = before or self._of(left), self._of(right)
        if operations.binary(op, a, b) is not None:
            return
        symbol = _SYMBOLS.get(type(op), "this operator")
        texts = shorten(ast.unparse(left), 30), shorten(ast.unparse(right), 30)
        hint = ""
        if isinstance(op, ast.Add) and Value(str) in (a, b) and isinstance(node, ast.BinOp):
            other = texts[1] if a == Value(str) else texts[0]
            hint = f"; use str({other}) or an f-string"
        elif any(isinstance(k, Value) and "position" in _fields(k) for k in (a, b)):
            hint = "; use .position"
        self.report(
            node, "type", f"{texts[0]} {symbol} {texts[1]}: {describe(a)} and {describe(b)} do not go together{hint}"
        )

    def visit_Compare(self, node: ast.Compare) -> None:
        left = node.left
        for op, right in zip(node.ops, node.comparators, strict=True):
            a, b = self._of(left), self._of(right)
            if isinstance(op, (ast.In, ast.NotIn)):
                if operations.element(b) is None:
                    self.report(node, "type", f"{self._said(right, b)}, and nothing can be `in` it")
            elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and not operations.ordered(a, b):
                texts = f"{shorten(ast.unparse(left), 30)} and {shorten(ast.unparse(right), 30)}"
                self.report(node, "type", f"{texts} cannot be ordered: {describe(a)} and {describe(b)}")
            left = right
        self.generic_visit(node)

    # --- truth -------------------------------------------------------------------------------------------------------

    def _tests(self, *nodes: ast.expr) -> None:
        for node in nodes:
            kind = self._of(node)
            if isinstance(kind, PrimitiveFunction):
                text = shorten(ast.unparse(node))
                self.report(node, "type", f"{text} is a function and always true; call it: {text}(...)")
            elif (
                isinstance(node, ast.Compare)
                and len(node.ops) == 1
                and not isinstance(node.ops[0], (ast.In, ast.NotIn, ast.Is, ast.IsNot))
            ):
                a, b = self._of(node.left), self._of(node.comparators[0])
                if operations.many_truths(a, b):
                    self.report(
                        node, "type", f"{shorten(ast.unparse(node))} compares arrays and gives one answer per number; "
                        "use np.allclose(a, b) or np.linalg.norm(a - b) < 0.01",
                    )  # fmt: skip

    def visit_If(self, node: ast.If | ast.While | ast.IfExp | ast.Assert) -> None:
        self._tests(node.test)
        self.generic_visit(node)

    visit_While = visit_IfExp = visit_Assert = visit_If

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            self._tests(node.operand)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        self._tests(*node.values[:-1])
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        kind = self._of(node.value)
        if isinstance(kind, PrimitiveFunction):
            text = shorten(ast.unparse(node.value))
            self.report(node, "type", f"{text} is not called; write {signature_text(self._registry[kind.name])}")
        self.generic_visit(node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        spec = node.format_spec
        if isinstance(spec, ast.JoinedStr) and len(spec.values) == 1 and isinstance(spec.values[0], ast.Constant):
            kind, text = self._of(node.value), str(spec.values[0].value)
            if text and node.conversion == -1 and not operations.formattable(kind, text):
                self.report(
                    node.value, "type", f"{self._said(node.value, kind)}, which cannot be formatted with ':{text}'"
                )
        self.generic_visit(node)

    # --- words -------------------------------------------------------------------------------------------------------

    def _said(self, node: ast.expr, kind: Type) -> str:
        """ "find() returns an Object", "bowl is an Object"."""
        if isinstance(node, ast.Call):
            return f"{shorten(ast.unparse(node.func))}() returns {describe(kind)}"
        return f"{shorten(ast.unparse(node))} is {describe(kind)}"


def _members(kind: Type) -> tuple[Type, ...]:
    return kind.members if isinstance(kind, OneOf) else (kind,)


def _no_number(kind: Type) -> bool:
    return isinstance(kind, (Items, Row)) or kind == NONE or (isinstance(kind, Value) and kind.cls in operations.DATA)


def _fields(kind: Type) -> list[str]:
    for member in _members(kind):
        if isinstance(member, Value) and member.cls in operations.DATA:
            return list(fields_of(member.cls))
    return []


def _python_attributes(kind: Type) -> list[str]:
    if isinstance(kind, Value):
        return dir(kind.cls)
    if isinstance(kind, Vector):
        return dir(np.ndarray)
    return dir(kind.cls) if isinstance(kind, Items) else dir(tuple) if isinstance(kind, Row) else []
