"""Which modules a program needs, and of each only what is reached from where it starts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping

_OURS = "itmsctl."
_Read = Callable[[str], str | None]
"""Returns the source of a module by its full name; None for what is none."""


def reached(roots: Iterable[tuple[str, str]], read: _Read) -> dict[str, ast.Module]:
    """Return modules by name, each without what nothing reaches from the roots: pairs of a module and a name in it.

    Raises LookupError for a name that its module does not define.
    """
    modules: dict[str, _Module] = {}
    waiting = list(roots)
    seen: set[tuple[str, str]] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted in seen:
            continue
        seen.add(wanted)
        name, defined = wanted
        if name not in modules:
            source = read(name)
            if source is None:
                raise LookupError(f"{name} is no module of the program")
            modules[name] = _Module(name, source, read)
        waiting += modules[name].take(defined)
    return {name: module.kept() for name, module in sorted(modules.items())}


class _Module:
    """One module: its statements by the names that they define, and which of them are kept."""

    def __init__(self, name: str, source: str, read: _Read) -> None:
        self.name = name
        self.body = [one for one in ast.parse(source).body if not _is_future(one)]
        self.read = read
        self.places: dict[str, list[int]] = {}
        self.modules: dict[str, str] = {}
        for place, one in enumerate(self.body):
            for defined in _defined(one):
                self.places.setdefault(defined, []).append(place)
            self.modules.update(_submodules(one, read))
        self.taken: set[int] = set()
        self.names: set[str] = set()

    def take(self, wanted: str) -> Iterator[tuple[str, str]]:
        """Keep what defines a name and all that it uses here; yield what it needs of other modules of ours."""
        waiting = [wanted]
        if wanted not in self.places:
            raise LookupError(f"{self.name} has no {wanted}")
        while waiting:
            name = waiting.pop()
            if name in self.names or name not in self.places:
                continue
            self.names.add(name)
            for place in self.places[name]:
                yield from self._imported(self.body[place], name)
                if place not in self.taken:
                    self.taken.add(place)
                    used = list(_used(self.body[place]))
                    waiting += [one.partition(".")[0] for one in used]
                    yield from self._of_modules(used)
                    yield from self._imported_late(self.body[place])

    def _of_modules(self, used: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield what is used of modules that stand here under a name: `edid.monitors`."""
        for one in used:
            name, apart, attribute = one.partition(".")
            if not apart and name in self.modules:
                raise LookupError(
                    f"{self.name}: the module {name} is used as a value, so what of it is needed is not seen"
                )
            if apart and name in self.modules:
                yield self.modules[name], attribute

    def _imported_late(self, one: ast.stmt) -> Iterator[tuple[str, str]]:
        """Yield what functions of a statement import when they run."""
        for node in ast.walk(one):
            if node is not one and isinstance(node, ast.ImportFrom) and (node.module or "").startswith(_OURS):
                yield from ((str(node.module), alias.name) for alias in node.names)

    def _imported(self, one: ast.stmt, name: str) -> Iterator[tuple[str, str]]:
        if isinstance(one, ast.ImportFrom) and (one.module or "").startswith(_OURS) and name not in self.modules:
            original = next(alias.name for alias in one.names if (alias.asname or alias.name) == name)
            yield str(one.module), original

    def kept(self) -> ast.Module:
        """Return the module without what was not taken."""
        body = []
        for place in sorted(self.taken):
            one = self.body[place]
            if isinstance(one, ast.ImportFrom | ast.Import):
                one.names = [alias for alias in one.names if _bound(alias) in self.names]
            body.append(one)
        return ast.Module(body=body, type_ignores=[])


def _is_future(one: ast.stmt) -> bool:
    return isinstance(one, ast.ImportFrom) and one.module == "__future__"


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]


def _submodules(one: ast.stmt, read: _Read) -> Mapping[str, str]:
    """Return modules of ours that a statement imports by `from package import module`, by the name they get."""
    if not (isinstance(one, ast.ImportFrom) and (one.module or "").startswith(_OURS)):
        return {}
    named = {_bound(alias): f"{one.module}.{alias.name}" for alias in one.names}
    return {name: full for name, full in named.items() if read(full) is not None}


def _defined(one: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module defines, also those inside an `if` or a `try`."""
    if isinstance(one, ast.FunctionDef | ast.ClassDef):
        yield one.name
    elif isinstance(one, ast.Import | ast.ImportFrom):
        yield from (_bound(alias) for alias in one.names)
    else:
        yield from {node.id for node in ast.walk(one) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


def _used(one: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement uses, and `name.attribute`; annotations use nothing."""
    inside = set()
    for node in _walked(one):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            inside.add(id(node.value))
            yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Name) and id(node) not in inside:
            yield node.id


def _walked(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns"}:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, ast.AST):
                yield from _walked(one)
