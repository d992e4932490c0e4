"""Finds, in the source of the pages, text of data that is written into Markdown or HTML without :mod:`ui.components.markup`.

Text counts as harmless if it is a constant, a number (an f-string's format says so), what a function of ``markup`` returned, or put
together from such: by f-strings, ``join``, ``+``, a choice, a constant, a variable, a function of the app, a parameter to which every
caller gives harmless text. All else is reported.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

LABELLED = {
    *("button", "checkbox", "toggle", "radio", "selectbox", "multiselect", "segmented_control", "pills", "slider", "select_slider"),
    *("text_input", "text_area", "number_input", "file_uploader", "download_button", "link_button", "expander", "popover", "badge"),
    *("metric", "spinner", "toast", "caption", "markdown", "header", "subheader"),
}
ONLY_OF_ST = {"title", "write", "error", "warning", "success", "info", "progress", "page_link", "tabs", "status", "dialog"}
"""Methods whose names others have too."""
WORDS = {"label", "body", "text", "help", "caption"}
WITH_MARKDOWN_OPTIONS = {"segmented_control", "pills", "radio"}
OWN_NAMES = {"model_name", "model_words", "named"}
"""What models are called is the app's own: figures of others are left out when they are read."""
MARKDOWN = frozenset({"markup.plain", "plain", *OWN_NAMES})
HTML = frozenset({"markup.in_html", "in_html", "cards.tile", "cards.opener", "opener", "poster"})
NUMBER = re.compile(r"[+,.\d]*[defg%,]")
OF_TEXT = {"join", "format", "split", "replace", "removesuffix", "lower"}
NUMBERS = {"len", "int", "round", "sum", "abs"}


@dataclass
class App:
    """The parsed files of the app by their dotted names."""

    modules: Mapping[str, ast.Module]
    watched: tuple[str, ...]
    under_way: set[ast.AST] = field(default_factory=set)

    @classmethod
    def read(cls, root: Path, watched: tuple[str, ...] = ("ui", "pages"), also: tuple[str, ...] = ("recsys_core",)) -> App:
        """Parse all files of some folders; only in those that are ``watched`` leaks are looked for."""
        files = [file for folder in (*watched, *also) for file in sorted((root / folder).rglob("*.py"))]
        names = [".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for file in files]
        return cls({name: ast.parse(file.read_text(encoding="utf-8")) for name, file in zip(names, files, strict=True)}, watched)

    def leaks(self) -> list[str]:
        """``module: source`` of each text that is not known to be harmless."""
        return [f"{name}: {ast.unparse(text)}" for name in self.modules if name.split(".")[0] in self.watched for text in self._leaks(name)]

    def _leaks(self, name: str) -> Iterator[ast.expr]:
        own = self.imported(name)
        for scope, call in self.calls(name):
            if isinstance(call.func, ast.Attribute) and ast.unparse(call.func.value) in own:
                continue  # a function of the app that is called as one of Streamlit's
            for text, harmless in _texts(call):
                if not Reader(self, name, scope, harmless).safe(text):
                    yield text

    def imported(self, name: str) -> dict[str, tuple[str, str]]:
        """What a module imports by name: (module, name there)."""
        imports = (node for node in self.modules[name].body if isinstance(node, ast.ImportFrom) and node.module)
        return {alias.asname or alias.name: (str(node.module), alias.name) for node in imports for alias in node.names}

    def calls(self, name: str) -> Iterator[tuple[ast.AST, ast.Call]]:
        """All calls in a module, each with the function that it stands in."""
        for scope in (self.modules[name], *(node for node in ast.walk(self.modules[name]) if isinstance(node, ast.FunctionDef))):
            yield from ((scope, node) for node in _own(scope) if isinstance(node, ast.Call))


@dataclass
class Reader:
    """Tells what is harmless in one function of a module (or in the module itself)."""

    app: App
    module: str
    scope: ast.AST
    harmless: frozenset[str]

    def safe(self, node: ast.expr | None) -> bool:
        """Whether an expression can hold nothing that becomes markup."""
        if node is None or isinstance(node, ast.Constant | ast.Compare | ast.UnaryOp):
            return True
        if isinstance(node, ast.FormattedValue):
            return bool(node.format_spec and NUMBER.fullmatch(ast.unparse(node.format_spec)[2:-1])) or self.safe(node.value)
        if isinstance(node, ast.JoinedStr):
            return all(map(self.safe, node.values))
        if isinstance(node, ast.BinOp):
            return not isinstance(node.op, ast.Add | ast.Mult | ast.Mod) or (self.safe(node.left) and self.safe(node.right))
        if isinstance(node, ast.IfExp):
            return self.safe(node.body) and self.safe(node.orelse)
        if isinstance(node, ast.BoolOp):
            return all(map(self.safe, node.values))
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return all(map(self.safe, node.elts))
        if isinstance(node, ast.Dict):
            return all(map(self.safe, (*node.keys, *node.values)))
        if isinstance(node, ast.Starred | ast.Subscript | ast.NamedExpr):
            return self.safe(node.value)
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp):
            return self.safe(node.elt)
        if isinstance(node, ast.Lambda):
            return self.safe(node.body)
        if isinstance(node, ast.Call):
            return self._call(node)
        return isinstance(node, ast.Name | ast.Attribute) and self._named(node)

    def _call(self, node: ast.Call) -> bool:
        called = ast.unparse(node.func)
        if called in self.harmless or called in NUMBERS:
            return True
        if called in ("map", "list", "tuple", "sorted", "reversed"):
            return ast.unparse(node.args[0]) in self.harmless if called == "map" else self.safe(node.args[0])
        if isinstance(node.func, ast.Attribute) and node.func.attr in OF_TEXT and self.safe(node.func.value):
            return all(map(self.safe, node.args))
        return self._named(node.func)

    def _named(self, node: ast.expr) -> bool:
        """A variable, a constant or a function, by what it was given or returns."""
        if ast.unparse(node) in self.harmless:
            return True
        if isinstance(node, ast.Name):
            if (at := _parameter(self.scope, node.id)) is not None:
                return self._given_by_callers(node.id, at)
            inner = (part for part in ast.iter_child_nodes(self.scope) if isinstance(part, ast.FunctionDef) and part.name == node.id)
            if not isinstance(self.scope, ast.Module) and (function := next(inner, None)):
                return self._definition(function)
            if given := list(_given(self.scope, node.id)):
                return all(value is not None and self._once(value) for value in given)
        found = self._find(node)
        if found is None:
            return False
        module, what = found
        return Reader(self.app, module, self.app.modules[module], self.harmless)._definition(what)

    def _given_by_callers(self, name: str, at: int) -> bool:
        """Whether all who call this function give it something harmless as one of its parameters."""
        found = False
        for module in self.app.modules if self.module.split(".")[0] in self.app.watched else ():
            for scope, call in self.app.calls(module):
                caller = Reader(self.app, module, scope, self.harmless)
                if isinstance(call.func, ast.Name | ast.Attribute) and caller._find(call.func) == (self.module, self.scope):
                    by_name = [keyword.value for keyword in call.keywords if keyword.arg == name]
                    value = by_name[0] if by_name else call.args[at] if at < len(call.args) else None
                    found = True
                    if value is not None and not caller._once(value):
                        return False
        return found

    def _definition(self, what: ast.AST) -> bool:
        if isinstance(what, ast.FunctionDef):
            inside = Reader(self.app, self.module, what, self.harmless)
            returned = [node.value for node in _own(what) if isinstance(node, ast.Return)]
            return bool(returned) and all(value is None or inside._once(value) for value in returned)
        return isinstance(what, ast.expr) and self._once(what)

    def _once(self, node: ast.expr) -> bool:
        """As :meth:`safe`; what leads back to itself adds nothing."""
        if node in self.app.under_way:
            return True
        self.app.under_way.add(node)
        try:
            return self.safe(node)
        finally:
            self.app.under_way.discard(node)

    def _find(self, node: ast.expr) -> tuple[str, ast.AST] | None:
        """The function or the constant that a name of this module means, here or where it was imported from."""
        path = ast.unparse(node).split(".")
        imported = self.app.imported(self.module)
        if len(path) == 1 and path[0] not in imported:
            module, name = self.module, path[0]
        elif len(path) == 1:
            module, name = imported[path[0]]
        elif len(path) == 2 and path[0] in imported:
            module, name = ".".join(imported[path[0]]), path[1]
        else:
            return None
        if module not in self.app.modules:
            return None
        for statement in self.app.modules[module].body:
            if isinstance(statement, ast.FunctionDef) and statement.name == name:
                return module, statement
        given = [value for value in _given(self.app.modules[module], name) if value is not None]
        return (module, given[0]) if len(given) == 1 else None


def _texts(call: ast.Call) -> Iterator[tuple[ast.expr, frozenset[str]]]:
    """What a call of Streamlit reads as Markdown or HTML, and which functions make text harmless there."""
    if not isinstance(call.func, ast.Attribute):
        return
    method, of_st = call.func.attr, ast.unparse(call.func.value) == "st"
    if of_st and method == "html":
        yield call.args[0], HTML
    if method not in LABELLED and not (of_st and method in ONLY_OF_ST):
        return
    n_texts = {"write": len(call.args), "metric": 2, "progress": 2, "page_link": 0}.get(method, 1)
    first = 1 if method == "progress" else 0
    n_texts += method in WITH_MARKDOWN_OPTIONS
    wanted = WORDS | ({"options", "format_func"} if method in WITH_MARKDOWN_OPTIONS else set())
    formatted = any(keyword.arg == "format_func" for keyword in call.keywords)
    for at, text in enumerate(call.args[:n_texts]):
        if at >= first and not (formatted and at == 1):
            yield text, MARKDOWN
    for keyword in call.keywords:
        if keyword.arg in wanted:
            yield keyword.value, MARKDOWN


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """All nodes of a function or a module but those of functions inside it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, ast.FunctionDef):
            yield child
            yield from _own(child)


def _parameter(scope: ast.AST, name: str) -> int | None:
    """The place of a parameter of a function; None if it has none of this name."""
    if not isinstance(scope, ast.FunctionDef):
        return None
    names = [parameter.arg for parameter in (*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs)]
    return names.index(name) if name in names else None


def _given(scope: ast.AST, name: str) -> Iterator[ast.expr | None]:
    """What a variable of a function is given; None for what the source does not tell."""
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _unpacked(target, node.value, name)
        elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr):
            yield from _unpacked(node.target, node.value, name)
        elif isinstance(node, ast.For | ast.comprehension) and name in {at.id for at in ast.walk(node.target) if isinstance(at, ast.Name)}:
            yield from _in_loop(node.target, node.iter, scope, name)


def _in_loop(target: ast.expr, iterated: ast.expr, scope: ast.AST, name: str) -> Iterator[ast.expr | None]:
    called = ast.unparse(iterated.func) if isinstance(iterated, ast.Call) else ""
    if called == "enumerate" and isinstance(target, ast.Tuple):
        yield from _in_loop(target.elts[1], iterated.args[0], scope, name)  # type: ignore[attr-defined]
    elif called == "zip" and isinstance(target, ast.Tuple):
        for part, its in zip(target.elts, iterated.args, strict=True):  # type: ignore[attr-defined]
            yield from _in_loop(part, its, scope, name)
    else:
        if (
            isinstance(iterated, ast.Name)
            and len(given := list(_given(scope, iterated.id))) == 1
            and isinstance(given[0], ast.Tuple | ast.List)
        ):
            iterated = given[0]
        for value in iterated.elts if isinstance(iterated, ast.Tuple | ast.List) else [iterated]:  # else harmless as a whole or not
            yield from _unpacked(target, value, name)


def _unpacked(target: ast.expr, value: ast.expr | None, name: str) -> Iterator[ast.expr | None]:
    if isinstance(target, ast.Name):
        if target.id == name:
            yield value
    elif isinstance(target, ast.Tuple):
        parts = value.elts if isinstance(value, ast.Tuple) else [value] * len(target.elts)
        for part, its in zip(target.elts, parts, strict=False):
            yield from _unpacked(part, its, name)
