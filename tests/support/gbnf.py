"""A matcher for llama.cpp's GBNF grammars, as far as Capra writes them: to test that a text belongs to one."""

from __future__ import annotations

import json
import re
from typing import Any

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^\]\\]|\\.)*\]|[()|*+?]|[a-z][a-z0-9-]*')


class Gbnf:
    """A grammar that can tell whether it makes a text. ValueError for a rule that cannot be read."""

    def __init__(self, text: str) -> None:
        self.rules: dict[str, Any] = {}
        for line in text.splitlines():
            name, arrow, body = line.partition(" ::= ")
            if not arrow:
                raise ValueError(f"no rule: {line!r}")
            tokens = _TOKEN.findall(body)
            self.rules[name], rest = self._alternatives(tokens)
            if rest:
                raise ValueError(f"rule {name}: left over {rest[:3]}")
        unknown = {r for rule in self.rules.values() for r in self._names(rule)} - set(self.rules)
        if unknown:
            raise ValueError(f"undefined rules: {unknown}")

    def matches(self, text: str) -> bool:
        self._text, self._memo = text, {}
        return len(text) in self._ends(("rule", "root"), 0)

    def _names(self, node: Any) -> set[str]:
        if node[0] == "rule":
            return {node[1]}
        return set().union(*(self._names(n) for n in node[1])) if node[0] in ("any", "all", "many") else set()

    def _alternatives(self, tokens: list[str]) -> tuple[Any, list[str]]:
        options, sequence = [], []
        while tokens and tokens[0] != ")":
            token, tokens = tokens[0], tokens[1:]
            if token == "|":
                options.append(("all", sequence))
                sequence = []
                continue
            if token == "(":
                node, tokens = self._alternatives(tokens)
                if not tokens:
                    raise ValueError("a bracket is open")
                tokens = tokens[1:]
            elif token[0] == '"':
                node = ("text", json.loads(token))
            elif token[0] == "[":
                node = ("class", re.compile(token))
            else:
                node = ("rule", token)
            while tokens and tokens[0] in "*+?":
                node, tokens = ("many", [node], tokens[0]), tokens[1:]
            sequence.append(node)
        return ("any", [*options, ("all", sequence)]), tokens

    def _ends(self, node: Any, at: int) -> frozenset[int]:
        """Where a match of the node that begins at `at` can end."""
        key = (id(node) if node[0] != "rule" else node[1], at)
        if key in self._memo:
            return self._memo[key]
        self._memo[key] = frozenset()  # left recursion finds nothing
        self._memo[key] = out = self._match(node, at)
        return out

    def _match(self, node: Any, at: int) -> frozenset[int]:
        kind = node[0]
        if kind == "rule":
            return self._ends(self.rules[node[1]], at)
        if kind == "text":
            return frozenset({at + len(node[1])} if self._text.startswith(node[1], at) else ())
        if kind == "class":
            return frozenset({at + 1} if node[1].match(self._text, at) else ())
        if kind == "any":
            return frozenset().union(*(self._ends(n, at) for n in node[1]))
        if kind == "all":
            ends = frozenset({at})
            for part in node[1]:
                ends = frozenset().union(*(self._ends(part, e) for e in ends))
            return ends
        (part,), how = node[1], node[2]
        found, new = {at}, {at}
        while new and (how != "?" or new == {at}):
            new = set().union(*(self._ends(part, e) for e in new)) - found
            found |= new
            if how == "?":
                break
        return frozenset(found if how != "+" else found - {at})
