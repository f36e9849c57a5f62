"""Light type inference: one type per variable, the union of everything the program ever binds to it.

The order of statements plays no part, and whatever is not plain becomes ANYTHING, so that a type here is never narrower
than what can happen at run time. That is what lets the check call a use wrong without being wrong itself.
"""

from __future__ import annotations

import ast
import builtins
from types import ModuleType

from ...primitives.errors import PrimitiveError
from ...primitives.registry import Registry
from ...primitives.values import VALUE_TYPES
from . import operations
from .builtin_results import builtin_result
from .hints import from_hint
from .modules import ALIASES, known_module, module_member
from .scopes import Binding, Scope, Scopes, Step
from .types import (
    ANYTHING,
    BOOLEAN,
    NONE,
    STRING,
    Items,
    LocalFunction,
    Method,
    Module,
    OneOf,
    PrimitiveFunction,
    Row,
    Type,
    Value,
    Vector,
    one_of,
)

_DEPTH = 60
"""Chains of definitions longer than this are not followed: they end in ANYTHING."""
_QUESTIONS = frozenset({"isinstance", "issubclass", "hasattr", "getattr", "callable", "type"})
_ARRAYS = frozenset({"array", "asarray", "zeros", "ones", "full", "linspace", "arange", "zeros_like", "ones_like"})


class Inference:
    """Types of the expressions of one program."""

    def __init__(self, tree: ast.Module, scopes: Scopes, registry: Registry) -> None:
        self._scopes = scopes
        self._registry = registry
        self._doubted = doubted(tree)
        self._memo: dict[ast.expr, Type] = {}
        self._variables: dict[tuple[Scope, str], Type] = {}
        self._active: set[object] = set()
        # First with the elements of every named list unknown, to see which lists the program adds to; then for real.
        self._blur_all = True
        self._changed: set[tuple[Scope, str]] = set()
        changed, everything = self._changed_lists(tree)
        self._changed, self._blur_all = changed, everything
        self._memo.clear()
        self._variables.clear()

    def of(self, node: ast.expr) -> Type:
        """The type of an expression of the program."""
        found = self._memo.get(node)
        if found is not None:
            return found
        if node in self._active or len(self._active) > _DEPTH:
            return ANYTHING
        self._active.add(node)
        try:
            found = ANYTHING if self._is_doubted(node) else self._infer(node)
        finally:
            self._active.discard(node)
        self._memo[node] = found
        return found

    def before_change(self, node: ast.Name) -> Type:
        """The type of a variable before any `+=` and the like."""
        scope = self.resolve(node)
        kind = one_of(self._bindings(scope, node.id, augmented=False)) if scope is not None else ANYTHING
        return _blurred(kind)

    def resolve(self, node: ast.Name) -> Scope | None:
        """The scope whose variable a name reads; None for what is at hand without a definition."""
        scope = self._scopes.of.get(node)
        return scope.lookup(node.id) if scope is not None else None

    def is_builtin(self, node: ast.expr, name: str | None = None) -> bool:
        """Whether an expression is plainly a builtin (that builtin)."""
        if not isinstance(node, ast.Name) or self.resolve(node) is not None or node.id in self._registry:
            return False
        return node.id == name if name is not None else hasattr(builtins, node.id)

    def _is_doubted(self, node: ast.expr) -> bool:
        return (
            bool(self._doubted)
            and isinstance(node, (ast.Name, ast.Attribute, ast.Subscript))
            and ast.unparse(node) in self._doubted
        )

    # --- expressions -------------------------------------------------------------------------------------------------

    def _infer(self, node: ast.expr) -> Type:
        method = getattr(self, f"_infer_{type(node).__name__.lower()}", None)
        return method(node) if method else ANYTHING

    def _infer_constant(self, node: ast.Constant) -> Type:
        return Value(type(node.value)) if node.value is not Ellipsis else ANYTHING

    def _infer_joinedstr(self, node: ast.JoinedStr) -> Type:
        return STRING

    def _infer_name(self, node: ast.Name) -> Type:
        scope = self.resolve(node)
        return self._at_hand(node.id) if scope is None else self.variable(scope, node.id)

    def _at_hand(self, name: str) -> Type:
        if name in self._registry:
            return PrimitiveFunction(name)
        module = known_module(ALIASES[name]) if name in ALIASES else None
        return Module(module) if module else ANYTHING

    def _infer_attribute(self, node: ast.Attribute) -> Type:
        return operations.attribute(self.of(node.value), node.attr) or ANYTHING

    def _infer_subscript(self, node: ast.Subscript) -> Type:
        return operations.item(self.of(node.value), node.slice, self.of(node.slice)) or ANYTHING

    def _infer_list(self, node: ast.List) -> Type:
        return Items(list, self._elements(node.elts))

    def _infer_tuple(self, node: ast.Tuple) -> Type:
        if any(isinstance(e, ast.Starred) for e in node.elts):
            return Items(tuple, ANYTHING)
        return Row(tuple(self.of(e) for e in node.elts))

    def _elements(self, nodes: list[ast.expr]) -> Type:
        return one_of(ANYTHING if isinstance(n, ast.Starred) else self.of(n) for n in nodes)

    def _infer_set(self, node: ast.Set | ast.SetComp) -> Type:
        return Value(set)

    _infer_setcomp = _infer_set

    def _infer_dict(self, node: ast.Dict | ast.DictComp) -> Type:
        return Value(dict)

    _infer_dictcomp = _infer_dict

    def _infer_listcomp(self, node: ast.ListComp) -> Type:
        return Items(list, self.of(node.elt))

    def _infer_generatorexp(self, node: ast.GeneratorExp) -> Type:
        return Items(object, self.of(node.elt))

    def _infer_namedexpr(self, node: ast.NamedExpr) -> Type:
        return self.of(node.value)

    def _infer_ifexp(self, node: ast.IfExp) -> Type:
        return one_of((self.of(node.body), self.of(node.orelse)))

    def _infer_boolop(self, node: ast.BoolOp) -> Type:
        return one_of(self.of(v) for v in node.values)

    def _infer_unaryop(self, node: ast.UnaryOp) -> Type:
        if isinstance(node.op, ast.Not):
            return BOOLEAN
        operand = self.of(node.operand)
        number = isinstance(operand, Value) and operand.cls in (int, float)
        return operand if isinstance(operand, Vector) or number else ANYTHING

    def _infer_binop(self, node: ast.BinOp) -> Type:
        return operations.binary(node.op, self.of(node.left), self.of(node.right)) or ANYTHING

    def _infer_lambda(self, node: ast.Lambda) -> Type:
        return LocalFunction(node)

    def _infer_call(self, node: ast.Call) -> Type:
        if self.is_builtin(node.func):
            return builtin_result(self.of, node)
        if isinstance(node.func, ast.Name) and self.resolve(node.func) is None:
            made = PrimitiveError if node.func.id == "PrimitiveError" else VALUE_TYPES.get(node.func.id)
            if made is not None:
                return Value(made)
        function = self.of(node.func)
        if isinstance(function, OneOf):
            return one_of(self._result(member, node) for member in function.members if operations.callable_(member))
        return self._result(function, node)

    def _result(self, function: Type, call: ast.Call) -> Type:
        if isinstance(function, PrimitiveFunction):
            return from_hint(self._registry[function.name].hints.get("return"))
        if isinstance(function, Method):
            return operations.returned(function)
        if isinstance(function, LocalFunction):
            return self._returned(function.node)
        return self._array(call)

    def _returned(self, function: ast.AST) -> Type:
        """What a function of the program returns."""
        if isinstance(function, ast.Lambda):
            return self.of(function.body)
        if function in self._scopes.generators:
            return ANYTHING
        if function in self._active:
            return ANYTHING
        self._active.add(function)
        try:
            returns = self._scopes.returns.get(function, [])
            kinds = [self.of(r.value) if r.value is not None else NONE for r in returns]
            return one_of([*kinds, NONE] if _falls_through(getattr(function, "body", [])) else kinds)
        finally:
            self._active.discard(function)

    def _array(self, call: ast.Call) -> Type:
        function = call.func
        if not (isinstance(function, ast.Attribute) and function.attr in _ARRAYS):
            return ANYTHING
        module = self.of(function.value)
        if not (isinstance(module, Module) and module.module.__name__ == "numpy"):
            return ANYTHING
        literal = call.args[0] if len(call.args) == 1 and not call.keywords else None
        if function.attr in ("array", "asarray") and isinstance(literal, (ast.List, ast.Tuple)):
            kinds = [ANYTHING if isinstance(e, ast.Starred) else self.of(e) for e in literal.elts]
            return Vector(len(kinds) if operations.all_numbers(kinds) else None)
        return Vector()

    # --- variables ---------------------------------------------------------------------------------------------------

    def variable(self, scope: Scope, name: str) -> Type:
        """The union of everything bound to a variable."""
        key = (scope, name)
        if key in self._variables:
            return self._variables[key]
        if key in self._active or len(self._active) > _DEPTH:
            return ANYTHING
        self._active.add(key)
        try:
            kinds = self._bindings(scope, name)
        finally:
            self._active.discard(key)
        if scope.kind == "module" and (name in self._registry or name in ALIASES or hasattr(builtins, name)):
            kinds.append(self._at_hand(name))  # what it was before the program bound it
        found = one_of(kinds)
        if self._blur_all or key in self._changed:
            found = _blurred(found)
        self._variables[key] = found
        return found

    def _bindings(self, scope: Scope, name: str, augmented: bool = True) -> list[Type]:
        found = scope.bindings.get(name, [])
        kinds = [self._bound(b, name) for b in found if b.kind != "augmented" and not _literal_none(b)]
        steps = [b.node for b in found if augmented and isinstance(b.node, ast.AugAssign)]
        plain = one_of(kinds)
        return kinds + [operations.binary(s.op, plain, self.of(s.value)) or ANYTHING for s in steps]

    def _bound(self, binding: Binding, name: str) -> Type:
        if binding.kind == "value" and binding.value is not None:
            kind = self.of(binding.value)
            for step in binding.steps:
                kind = _after(kind, step)
            return kind
        if binding.kind == "function":
            return LocalFunction(binding.node)
        if binding.kind == "import":
            return _imported(binding.node, name)
        if binding.kind == "error" and isinstance(binding.value, ast.Name) and binding.value.id == "PrimitiveError":
            return Value(PrimitiveError) if self.resolve(binding.value) is None else ANYTHING
        return ANYTHING

    # --- lists that grow ---------------------------------------------------------------------------------------------

    def _changed_lists(self, tree: ast.Module) -> tuple[set[tuple[Scope, str]], bool]:
        """The variables whose lists the program adds to, and whether it adds to a list that may be any variable's."""
        changed: set[tuple[Scope, str]] = set()
        everything = False
        for receiver in _receivers(tree):
            scope = self.resolve(receiver) if isinstance(receiver, ast.Name) else None
            if isinstance(receiver, ast.Name) and isinstance(receiver.ctx, ast.Store):
                kind = self.before_change(receiver)
            else:
                kind = self.of(receiver)
            if not _may_be_list(kind):
                continue
            if scope is None or not isinstance(receiver, ast.Name):
                everything = True
                continue
            changed.add((scope, receiver.id))
            everything = everything or not all(self._is_fresh(b) for b in scope.bindings[receiver.id])
        return changed, everything

    def _is_fresh(self, binding: Binding) -> bool:
        """Whether it makes a list of its own, that no other name can mean."""
        value = binding.value
        if binding.kind == "augmented":
            return True
        if binding.kind != "value" or binding.steps:
            return False
        if isinstance(value, ast.Call):
            return self.is_builtin(value.func) or isinstance(self.of(value.func), PrimitiveFunction)
        if isinstance(value, ast.Subscript):
            return isinstance(value.slice, ast.Slice)
        return isinstance(value, (ast.List, ast.ListComp, ast.BinOp, ast.Constant))


def doubted(tree: ast.Module) -> frozenset[str]:
    """The expressions, as text, whose type the program itself asks about: it knows better what they may be."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _QUESTIONS and node.args:
            found.add(ast.unparse(node.args[0]))
        elif isinstance(node, ast.Match):
            found.add(ast.unparse(node.subject))
    return frozenset(found)


def _receivers(tree: ast.Module) -> list[ast.expr]:
    """Every expression whose value the program may add elements to."""
    found: list[ast.expr] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            if node.attr in operations.CHANGES_LIST:
                found.append(node.value)
        elif isinstance(node, ast.Subscript):
            if isinstance(node.ctx, ast.Store):
                found.append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Add) and isinstance(node.target, ast.Name):
            found.append(node.target)
    return found


def _may_be_list(kind: Type) -> bool:
    if isinstance(kind, OneOf):
        return any(_may_be_list(member) for member in kind.members)
    return kind == ANYTHING or (isinstance(kind, Items) and kind.cls is list)


def _blurred(kind: Type) -> Type:
    """With the elements of every list within it unknown."""
    if isinstance(kind, OneOf):
        return one_of(_blurred(member) for member in kind.members)
    if isinstance(kind, Items):
        return Items(kind.cls, ANYTHING if kind.cls is list else _blurred(kind.element))
    return Row(tuple(_blurred(e) for e in kind.elements)) if isinstance(kind, Row) else kind


def _after(kind: Type, step: Step) -> Type:
    if isinstance(kind, OneOf):
        return one_of(_after(member, step) for member in kind.members)
    if step.index is None:
        return operations.element(kind) or ANYTHING
    if step.star == step.index:
        return Items(list, operations.element(kind) or ANYTHING)
    if isinstance(kind, Row):
        if step.star is None and len(kind.elements) == step.count:
            return kind.elements[step.index]
        return one_of(kind.elements)
    return operations.element(kind) or ANYTHING


def _falls_through(body: list[ast.stmt]) -> bool:
    """Whether the end of these statements may be reached; True in doubt."""
    last = body[-1] if body else None
    if isinstance(last, ast.If):
        return _falls_through(last.body) or _falls_through(last.orelse)
    return not isinstance(last, (ast.Return, ast.Raise))


def _literal_none(binding: Binding) -> bool:
    return isinstance(binding.value, ast.Constant) and binding.value.value is None and not binding.steps


def _imported(node: ast.AST, name: str) -> Type:
    if isinstance(node, ast.Import):
        for alias in node.names:
            if (alias.asname or alias.name.split(".")[0]) == name:
                module = known_module(alias.name if alias.asname else alias.name.split(".")[0])
                return Module(module) if module else ANYTHING
    if isinstance(node, ast.ImportFrom):
        module = known_module(node.module or "")
        original = next((a.name for a in node.names if (a.asname or a.name) == name), "")
        found = module_member(module, original)[1] if module else None
        return Module(found) if isinstance(found, ModuleType) else ANYTHING
    return ANYTHING
