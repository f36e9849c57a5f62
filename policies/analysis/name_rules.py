"""Names: unknown, hidden, forbidden, imported, read before they are set; and whether any primitive is called."""

# ruff: noqa: N802, N815 - the names of ast.NodeVisitor's methods are the names of Python's syntax nodes
from __future__ import annotations

import ast
import builtins

from ...primitives.registry import Registry
from ...primitives.values import VALUE_TYPES
from .modules import ALIASES, importable, known_module, module_member
from .rules import Rules
from .scopes import Binding, Scope, Scopes
from .suggest import FORBIDDEN, close_to, unknown_name

AT_HAND = frozenset({*ALIASES, *VALUE_TYPES, "PrimitiveError", "__name__"})
"""Names that every program finds defined, besides the primitives and Python's builtins."""
_DUNDERS = frozenset({"__name__", "__doc__", "__class__", "__init__", "__len__", "__qualname__"})
_FRAME_ATTRIBUTES = frozenset(
    {"tb_frame", "tb_next", "f_back", "f_builtins", "f_globals", "f_locals", "f_code", "func_globals", "func_code"}
    | {"gi_frame", "gi_code", "cr_frame", "cr_code", "ag_frame", "ag_code"}
)


class NameRules(Rules):
    def __init__(self, tree: ast.Module, scopes: Scopes, registry: Registry) -> None:
        super().__init__()
        self._scopes = scopes
        self._registry = registry
        self._unknown: set[str] = set()
        self._class_body: set[ast.stmt] = set()
        self.visit(tree)
        self._unbound(tree)

    # --- reading names -----------------------------------------------------------------------------------------------

    def visit_Name(self, node: ast.Name) -> None:
        scope = self._scopes.of.get(node)
        if scope is None or isinstance(node.ctx, ast.Store) or scope.lookup(node.id) is not None:
            return
        if self._is_at_hand(node.id):
            return
        if node.id in FORBIDDEN:
            self.report(node, "forbidden", f"{node.id} is not allowed: {FORBIDDEN[node.id]}")
        elif node.id.startswith("__") and node.id.endswith("__"):
            self.report(node, "forbidden", f"{node.id} is not allowed: a program may not reach into the interpreter")
        elif not hasattr(builtins, node.id) and node.id not in self._unknown:
            if "name" not in self._caught:
                self._unknown.add(node.id)
            names = [p.name for p in self._registry]
            known = [
                *names,
                *AT_HAND,
                *self._registry.helpers,
                *_visible(scope),
                *(n for n in dir(builtins) if n not in FORBIDDEN),
            ]
            self.report(node, "name", unknown_name(node.id, known, names))

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self._attribute(node, node.attr)
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "delattr") and len(node.args) > 1:
            name = node.args[1]
            if isinstance(name, ast.Constant) and isinstance(name.value, str):
                self._attribute(node, name.value)
        self.generic_visit(node)

    def _attribute(self, node: ast.AST, name: str) -> None:
        dunder = name.startswith("__") and name.endswith("__") and name not in _DUNDERS
        if dunder or name in _FRAME_ATTRIBUTES:
            self.report(node, "forbidden", f".{name} is not allowed: a program may not reach into the interpreter")

    # --- defining names ----------------------------------------------------------------------------------------------

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._hides(node, node.name)
        self._class_body.update(node.body)
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        if node not in self._class_body:
            self._hides(node, node.name)
        self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def _hides(self, node: ast.AST, name: str) -> None:
        if name in self._registry:
            self.report(
                node, "shadow", f"{name} is a primitive: do not define it, it is there already; give this another name"
            )

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name in self._registry.modules:
                continue
            if not importable(alias.name):
                self.report(node, "import", _not_importable(alias.name))
            self._hides(node, alias.asname or alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        name = "." * node.level + (node.module or "")
        if name in self._registry.modules:
            self._from_library(node, name)
            return
        if not importable(name):
            ours = [a.name for a in node.names if a.name in self._registry or a.name in AT_HAND]
            extra = f"; {', '.join(ours)} can be used without an import" if ours else ""
            self.report(node, "import", _not_importable(name) + extra)
            return
        module = known_module(name)
        for alias in node.names:
            self._hides(node, alias.asname or alias.name)
            if module is None or alias.name == "*" or module_member(module, alias.name)[0]:
                continue
            close = close_to(alias.name, dir(module))
            meant = f"; did you mean {close}?" if close else ""
            self.report(node, "import", f"{name} has no {alias.name!r}{meant}")

    def _from_library(self, node: ast.ImportFrom, name: str) -> None:
        """From a module of the dialect: what is there already may be imported, and what is never used."""
        read = {n.id for n in self._scopes.of}
        for alias in node.names:
            bindings = self._scopes.module.bindings.get(alias.name, [])
            defined = any(b.kind in ("function", "class", "value") for b in bindings)
            if alias.name == "*" or defined or self._is_at_hand(alias.name) or (alias.asname or alias.name) not in read:
                continue
            close = close_to(alias.name, [*(p.name for p in self._registry), *self._registry.helpers])
            meant = f"; did you mean {close}?" if close else ""
            self.report(node, "import", f"{name} has no {alias.name!r}{meant}")

    # --- names that are only ever set from themselves ----------------------------------------------------------------

    def _unbound(self, tree: ast.Module) -> None:
        scopes = {id(s): s for s in (self._scopes.module, *self._scopes.owner.values())}
        for scope in scopes.values():
            for name, bindings in scope.bindings.items():
                if scope.kind == "comprehension" or not bindings:
                    continue
                first = bindings[0]
                if scope is self._scopes.module and self._known_outside(name):
                    continue
                if all(_from_itself(b, name) for b in bindings):
                    self.report(first.node, "name", self._unbound_text(scope, name, first))

    def _is_at_hand(self, name: str) -> bool:
        return name in self._registry or name in AT_HAND or name in self._registry.helpers

    def _known_outside(self, name: str) -> bool:
        return self._is_at_hand(name) or hasattr(builtins, name)

    def _unbound_text(self, scope: Scope, name: str, binding: Binding) -> str:
        outer = scope.parent.lookup(name) if scope.parent else None
        if outer is not None:
            word = "global" if outer is self._scopes.module else "nonlocal"
            return f"{name} is read here before this function sets it; add `{word} {name}` or use another name"
        if self._known_outside(name):
            return f"{name} is set in this function, so the {name} from outside is not seen; use another name"
        return f"{name} is changed here but never given a first value"


def _from_itself(binding: Binding, name: str) -> bool:
    """Whether this binding reads the name first, so that it needs another binding before it."""
    node = binding.node
    if isinstance(node, ast.AugAssign):
        return True
    return isinstance(node, ast.Assign) and binding.kind == "value" and _surely_reads(node.value, name)


def _surely_reads(node: ast.AST, name: str) -> bool:
    if isinstance(node, ast.Name):
        return node.id == name and isinstance(node.ctx, ast.Load)
    if isinstance(node, (ast.Lambda, ast.IfExp, ast.BoolOp, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
        return False
    return any(_surely_reads(child, name) for child in ast.iter_child_nodes(node))


def _visible(scope: Scope | None) -> list[str]:
    names: list[str] = []
    while scope is not None:
        names += scope.bindings
        scope = scope.parent
    return names


def _not_importable(name: str) -> str:
    return f"import of {name} is not possible; a program may import math, numpy and shapely"
