"""A module written again for Python 3.6: what came later is written as a call of `inventory.endpoint.since`.

The bundle runs where the oldest supported distributions stand, while its modules are ours and as new as all others.
Docstrings and annotations go: nothing reads them there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

SINCE = "itmsctl.inventory.endpoint.since"
"""Where a bundled module finds what its Python may not have."""

_LIBRARY = {
    ("datetime", "UTC"),
    ("functools", "cache"),
    ("functools", "cached_property"),
    ("itertools", "pairwise"),
    ("dataclasses", "dataclass"),
    ("dataclasses", "field"),
}
_METHODS = {"removeprefix", "removesuffix", "bit_count", "isascii", "fromisoformat"}
_GENERICS = {
    "list",
    "dict",
    "tuple",
    "set",
    "frozenset",
    "type",
    "Mapping",
    "Sequence",
    "Callable",
    "Iterator",
    "Iterable",
}
_STATES = "_said"


def bare(tree: ast.Module) -> ast.Module:
    """Return a module without docstrings and annotations: so is SINCE, which is written for Python 3.6 as it stands."""
    found = _Bare().visit(tree)
    return ast.fix_missing_locations(found)  # type: ignore[no-any-return]  # visit gives Any


def older(tree: ast.Module) -> ast.Module:
    """Return a module as Python 3.6 reads it, bare. Raises ValueError for what has no older form."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Match | ast.TryStar):
            raise ValueError(f"line {node.lineno}: {type(node).__name__} has no older form")
    rewritten = _Older()
    found = rewritten.visit(bare(tree))
    left = next((node for node in ast.walk(found) if isinstance(node, ast.NamedExpr)), None)
    if left is not None:
        raise ValueError(f"line {left.lineno}: a name that is set in passing outside a function has no older form")
    if rewritten.needed:
        names = [ast.alias(name=name) for name in sorted(rewritten.needed)]
        found.body.insert(0, ast.ImportFrom(module=SINCE, names=names, level=0))
    return ast.fix_missing_locations(found)  # type: ignore[no-any-return]  # visit gives Any


class _Bare(ast.NodeTransformer):
    """Takes out what nothing reads where a program runs."""

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        if node.module != "typing":
            return None if node.module == "__future__" else node
        kept = [alias for alias in node.names if alias.name == "NamedTuple"]
        return ast.ImportFrom(module="typing", names=kept, level=0) if kept else None

    def visit_Module(self, node: ast.Module) -> ast.AST:
        node.body = [one for one in _without_words(node.body) if not _is_type(one)]
        self.generic_visit(node)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = _without_words(node.body)
        self.generic_visit(node)
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = _without_words(node.body)
        node.returns = None
        _plain_arguments(node.args)
        self.generic_visit(node)
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        _plain_arguments(node.args)
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Return an annotation that says nothing: a dataclass counts them, a named tuple takes only what is a type."""
        self.generic_visit(node)
        node.annotation = ast.Constant(value=None)
        return node


class _Older(ast.NodeTransformer):
    """Writes a module again; `needed` are the names that it then needs from SINCE."""

    def __init__(self) -> None:
        self.needed: set[str] = set()

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        kept = [alias for alias in node.names if (node.module, alias.name) not in _LIBRARY]
        self.needed |= {alias.name for alias in node.names if (node.module, alias.name) in _LIBRARY}
        return ast.ImportFrom(module=node.module, names=kept, level=0) if kept else None

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Return a class; one of `typing.NamedTuple` is made of `collections.namedtuple`, which reads no annotation."""
        self.generic_visit(node)
        if [ast.unparse(base) for base in node.bases] == ["NamedTuple"]:
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            members = ast.List(elts=[ast.Constant(value=ast.unparse(one.target)) for one in fields], ctx=ast.Load())
            values = [one.value for one in fields if one.value is not None]
            defaults = [ast.List(elts=values, ctx=ast.Load())] if values else []
            node.bases = [self._call("namedtuple", ast.Constant(value=node.name), members, *defaults)]
            node.body = [one for one in node.body if one not in fields] or [ast.Pass()]
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Return a function whose names that are set in passing (`:=`) stand in a map of its own."""
        given = _set_inside(node)
        self.generic_visit(node)
        if given:
            self.needed.add("told")
            arguments = [one.arg for one in _arguments(node.args) if one.arg in given]
            box = ast.Dict(
                keys=[ast.Constant(value=name) for name in arguments],
                values=[ast.Name(id=name, ctx=ast.Load()) for name in arguments],
            )
            start: ast.stmt = ast.Assign(targets=[ast.Name(id=_STATES, ctx=ast.Store())], value=box)
            node.body = [start, *(_Boxed(given).visit(one) for one in node.body)]
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._call("either", node.left, node.right) if isinstance(node.op, ast.BitOr) else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.BitOr):
            return node
        return ast.Assign(targets=[node.target], value=self._call("joined", _loaded(node.target), node.value))

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        called = node.func
        if isinstance(called, ast.Name) and called.id == "zip":
            node.keywords = []
        if not isinstance(called, ast.Attribute):
            return node
        if called.attr in _METHODS:
            inside = [] if called.attr == "fromisoformat" else [called.value]
            return self._call(called.attr, *inside, *node.args)
        if called.attr == "from_bytes" and len(node.args) == 1 and not node.keywords:
            node.args.append(ast.Constant(value="big"))
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """Return a call of `format`: no Python before 3.12 reads quotes in quotes as a newer one writes them."""
        values: list[ast.expr] = []
        form = ast.Attribute(value=ast.Constant(value=_form(node, values)), attr="format")
        return ast.Call(func=form, args=[self.visit(one) for one in values], keywords=[])

    def _call(self, name: str, *values: ast.expr) -> ast.Call:
        self.needed.add(name)
        return ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=list(values), keywords=[])


class _Boxed(ast.NodeTransformer):
    """Keeps names that an expression sets (`:=`) in a map of the function, so that a call can set them."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.AST:
        value = self.visit(node.value)
        words: list[ast.expr] = [ast.Name(id=_STATES, ctx=ast.Load()), ast.Constant(value=node.target.id), value]
        return ast.Call(func=ast.Name(id="told", ctx=ast.Load()), args=words, keywords=[])

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names:
            return node
        box = ast.Name(id=_STATES, ctx=ast.Load())
        return ast.Subscript(value=box, slice=ast.Constant(value=node.id), ctx=node.ctx)


def _set_inside(node: ast.FunctionDef) -> set[str]:
    """Return the names that expressions of a function set, not those of functions in it."""
    return {one.target.id for one in ast.walk(node) if isinstance(one, ast.NamedExpr)}


def _without_words(body: Iterable[ast.stmt]) -> list[ast.stmt]:
    kept = [
        one
        for one in body
        if not (isinstance(one, ast.Expr) and isinstance(one.value, ast.Constant) and isinstance(one.value.value, str))
    ]
    return kept or [ast.Pass()]


def _is_type(one: ast.stmt) -> bool:
    """Return whether a statement of a module only names a type: `Row = Mapping[str, Any]`."""
    value = one.value if isinstance(one, ast.Assign | ast.AnnAssign) else None
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id in _GENERICS


def _arguments(given: ast.arguments) -> list[ast.arg]:
    more = [one for one in (given.vararg, given.kwarg) if one is not None]
    return [*given.posonlyargs, *given.args, *given.kwonlyargs, *more]


def _plain_arguments(given: ast.arguments) -> None:
    for one in _arguments(given):
        one.annotation = None
    given.args, given.posonlyargs = [*given.posonlyargs, *given.args], []


def _loaded(target: ast.expr) -> ast.expr:
    found: ast.expr = ast.parse(ast.unparse(target), mode="eval").body
    return found


def _form(node: ast.JoinedStr, values: list[ast.expr]) -> str:
    """Return the template of `format`, and add the values that it takes in their order."""
    form = ""
    for part in node.values:
        if isinstance(part, ast.Constant):
            form += str(part.value).replace("{", "{{").replace("}", "}}")
        elif isinstance(part, ast.FormattedValue):
            values.append(part.value)
            conversion = f"!{chr(part.conversion)}" if part.conversion > 0 else ""
            spec = part.format_spec
            form += "{" + conversion + (":" + _form(spec, values) if isinstance(spec, ast.JoinedStr) else "") + "}"
    return form
