"""Which name belongs to which scope, and everything that is ever bound to it (Python's scoping rules)."""

# ruff: noqa: N815 - the names of ast.NodeVisitor's methods are the names of Python's syntax nodes
from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Literal

from .modules import public_names

ScopeKind = Literal["module", "function", "class", "comprehension"]
BindingKind = Literal["value", "augmented", "import", "function", "class", "parameter", "error", "opaque"]


@dataclass(frozen=True)
class Step:
    """From a value to a part of it: any element, or element `index` of `count` when it is unpacked.

    star: position of the starred target among the `count`, or None.
    """

    index: int | None = None
    count: int = 0
    star: int | None = None


@dataclass(eq=False)
class Binding:
    """One place that gives a name a value: `value` followed by `steps`, as far as it is known."""

    kind: BindingKind
    node: ast.AST
    value: ast.expr | None = None
    steps: tuple[Step, ...] = ()


@dataclass(eq=False)
class Scope:
    kind: ScopeKind
    parent: Scope | None = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    elsewhere: dict[str, Scope] = field(default_factory=dict)  # by `global` and `nonlocal`

    def lookup(self, name: str) -> Scope | None:
        """The scope that `name` belongs to when it is read here; None when the program never binds it."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.elsewhere:
                target = scope.elsewhere[name]
                return target if name in target.bindings else None
            # Names of a class body are not seen by the functions within it.
            if name in scope.bindings and (scope.kind != "class" or scope is self or self.kind == "comprehension"):
                return scope
            scope = scope.parent
        return None


class Scopes(ast.NodeVisitor):
    """Walks a program once. `of` gives the scope of every Name that is read, `module` the outermost scope.

    lambda_elements: for a lambda that is handed over as `key` of sorted and the like, the expression whose elements it
    is called with.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.module = Scope("module")
        self.of: dict[ast.Name, Scope] = {}
        self.owner: dict[ast.AST, Scope] = {}  # a function or comprehension: its own scope
        self.returns: dict[ast.AST, list[ast.Return]] = {}
        self.generators: set[ast.AST] = set()
        self.lambda_elements: dict[ast.Lambda, ast.expr] = {}
        self._scope = self.module
        self._lazy = any(
            isinstance(s, ast.ImportFrom) and s.module == "__future__" and any(a.name == "annotations" for a in s.names)
            for s in tree.body
        )
        self._functions: list[ast.AST] = []
        self.visit(tree)

    # --- names -------------------------------------------------------------------------------------------------------

    def bind(self, name: str, binding: Binding) -> None:
        scope = self._scope.elsewhere.get(name, self._scope)
        scope.bindings.setdefault(name, []).append(binding)

    def bind_target(
        self, target: ast.expr, value: ast.expr | None, node: ast.AST, steps: tuple[Step, ...] = ()
    ) -> None:
        if isinstance(target, ast.Name):
            self.bind(target.id, Binding("value" if value is not None else "opaque", node, value, steps))
        elif isinstance(target, (ast.Tuple, ast.List)):
            star = next((i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)), None)
            for index, element in enumerate(target.elts):
                self.bind_target(element, value, node, (*steps, Step(index, len(target.elts), star)))
        elif isinstance(target, ast.Starred):
            self.bind_target(target.value, value, node, steps)
        else:
            self.visit(target)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.of[node] = self._scope
        elif isinstance(node.ctx, ast.Del):
            self.of[node] = self._scope
            self.bind(node.id, Binding("opaque", node))

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self.bind_target(target, node.value, node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        # Annotations of a function's own variables are never evaluated.
        if self._scope.kind != "function" or not isinstance(node.target, ast.Name):
            self._annotation(node.annotation)
        if node.value is not None:
            self.visit(node.value)
            self.bind_target(node.target, node.value, node)
        elif not isinstance(node.target, ast.Name):
            self.visit(node.target)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.visit(node.value)
        if isinstance(node.target, ast.Name):
            self.of[node.target] = self._scope
            self.bind(node.target.id, Binding("augmented", node))
        else:
            self.visit(node.target)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        here = self._scope
        while self._scope.kind == "comprehension" and self._scope.parent is not None:
            self._scope = self._scope.parent
        self.bind(node.target.id, Binding("value", node, node.value))
        self._scope = here

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self.bind_target(node.target, node.iter, node, (Step(),))
        self._visit_all(node.body, node.orelse)

    visit_AsyncFor = visit_For

    def visit_With(self, node: ast.With | ast.AsyncWith) -> None:
        for item in node.items:
            self.visit(item.context_expr)
            if item.optional_vars is not None:
                self.bind_target(item.optional_vars, None, node)
        self._visit_all(node.body)

    visit_AsyncWith = visit_With

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.type is not None:
            self.visit(node.type)
        if node.name:
            self.bind(node.name, Binding("error", node, node.type))
        self._visit_all(node.body)

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name == "*" and isinstance(node, ast.ImportFrom):
                for name in public_names(node.module or ""):
                    self.bind(name, Binding("opaque", node))
                continue
            name = alias.asname or (alias.name.split(".")[0] if isinstance(node, ast.Import) else alias.name)
            self.bind(name, Binding("import", node))

    visit_ImportFrom = visit_Import

    def visit_Global(self, node: ast.Global) -> None:
        for name in node.names:
            self._scope.elsewhere[name] = self.module

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        # The owner may bind the name only further down, so that it is not known yet: every function around counts.
        around = self._scope.parent
        while around is not None and around.kind != "module":
            if around.kind == "function":
                for name in node.names:
                    self._scope.elsewhere.setdefault(name, around)
                    around.bindings.setdefault(name, []).append(Binding("opaque", node))
            around = around.parent

    def visit_MatchAs(self, node: ast.MatchAs) -> None:
        if node.name:
            self.bind(node.name, Binding("opaque", node))
        self.generic_visit(node)

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self.bind(node.name, Binding("opaque", node))

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self.bind(node.rest, Binding("opaque", node))
        self.generic_visit(node)

    # --- scopes ------------------------------------------------------------------------------------------------------

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._visit_all(node.decorator_list)
        self._type_parameters(node)
        kind: BindingKind = "opaque" if node.decorator_list or isinstance(node, ast.AsyncFunctionDef) else "function"
        self.bind(node.name, Binding(kind, node))
        self._signature(node.args)
        self._annotation(node.returns)
        self._function(node, node.args, node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._signature(node.args)
        self._function(node, node.args, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._visit_all(node.decorator_list, node.bases, node.keywords)
        self._type_parameters(node)
        self.bind(node.name, Binding("class", node))
        self._within(Scope("class", self._scope), node.body)

    def visit_TypeAlias(self, node: ast.AST) -> None:
        """`type X = ...` (3.12): the value is evaluated lazily and holds no calls."""
        self._type_parameters(node)
        name = getattr(node, "name", None)
        if isinstance(name, ast.Name):
            self.bind(name.id, Binding("opaque", node))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp) -> None:
        self.visit(node.generators[0].iter)  # evaluated outside
        outer, self._scope = self._scope, Scope("comprehension", self._scope)
        self.owner[node] = self._scope
        for number, generator in enumerate(node.generators):
            if number:
                self.visit(generator.iter)
            self.bind_target(generator.target, generator.iter, node, (Step(),))
            self._visit_all(generator.ifs)
        self._visit_all([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        self._scope = outer

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Call(self, node: ast.Call) -> None:
        self._note_lambdas(node)
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if self._functions:
            self.returns[self._functions[-1]].append(node)
        self.generic_visit(node)

    def visit_Yield(self, node: ast.Yield | ast.YieldFrom | ast.Await) -> None:
        if self._functions:
            self.generators.add(self._functions[-1])
        self.generic_visit(node)

    visit_YieldFrom = visit_Await = visit_Yield

    def _note_lambdas(self, node: ast.Call) -> None:
        key = next((k.value for k in node.keywords if k.arg == "key"), None)
        if isinstance(node.func, ast.Name) and len(node.args) == 1 and isinstance(key, ast.Lambda):
            if node.func.id in ("sorted", "min", "max") and not isinstance(node.args[0], ast.Starred):
                self.lambda_elements[key] = node.args[0]
        elif isinstance(node.func, ast.Attribute) and node.func.attr == "sort" and isinstance(key, ast.Lambda):
            self.lambda_elements[key] = node.func.value
        elif isinstance(node.func, ast.Name) and node.func.id in ("map", "filter") and len(node.args) == 2:
            function, items = node.args
            if isinstance(function, ast.Lambda) and not isinstance(items, ast.Starred):
                self.lambda_elements[function] = items

    def _signature(self, args: ast.arguments) -> None:
        """Defaults and annotations are evaluated outside the function."""
        self._visit_all(args.defaults, [d for d in args.kw_defaults if d is not None])
        for argument in _all_parameters(args):
            self._annotation(argument.annotation)

    def _annotation(self, node: ast.expr | None) -> None:
        if node is not None and not self._lazy:
            self.visit(node)

    def _function(self, node: ast.AST, args: ast.arguments, body: list[ast.stmt] | list[ast.expr]) -> None:
        scope = Scope("function", self._scope)
        self.owner[node] = scope
        self.returns[node] = []
        for argument in _all_parameters(args):
            scope.bindings.setdefault(argument.arg, []).append(Binding("parameter", argument))
        if isinstance(node, ast.Lambda) and node in self.lambda_elements and len(args.args) == 1:
            parameter = Binding("value", node, self.lambda_elements[node], (Step(),))
            scope.bindings[args.args[0].arg] = [parameter]
        self._functions.append(node)
        self._within(scope, body)
        self._functions.pop()

    def _type_parameters(self, node: ast.AST) -> None:
        for parameter in getattr(node, "type_params", ()):
            self.bind(parameter.name, Binding("opaque", parameter))

    def _within(self, scope: Scope, body: list[ast.stmt] | list[ast.expr]) -> None:
        outer, self._scope = self._scope, scope
        self._visit_all(body)
        self._scope = outer

    def _visit_all(self, *groups: object) -> None:
        for group in groups:
            for node in group if isinstance(group, list) else ():
                self.visit(node)


def _all_parameters(args: ast.arguments) -> list[ast.arg]:
    extra = [a for a in (args.vararg, args.kwarg) if a is not None]
    return [*args.posonlyargs, *args.args, *args.kwonlyargs, *extra]
