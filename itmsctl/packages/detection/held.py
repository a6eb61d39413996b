"""Evidence of what is held of a computer: rows of inventory, and exports of its registry."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from itmsctl.packages.detection.found import FileFacts, InstalledPackage, LeafFound, RegistryFacts, ServiceFacts, Truth
from itmsctl.packages.detection.judging import (
    judge_file,
    judge_package,
    judge_registry,
    judge_service,
    judge_versions,
    unknown,
)
from itmsctl.packages.detection.rule import (
    FileLeaf,
    InventoryLeaf,
    Leaf,
    PackageLeaf,
    ProductLeaf,
    RegistryLeaf,
    ScriptLeaf,
    ServiceLeaf,
)

Rows = Sequence[Mapping[str, Any]]
Registry = Mapping[str, Mapping[str, str]]
"""Keys of a registry (`HKLM\\...`), each with its values."""

SOFTWARE, SERVICES, FILES = "software", "services", "files"
_CLASSES: Mapping[type, str] = {
    PackageLeaf: SOFTWARE,
    ProductLeaf: SOFTWARE,
    ServiceLeaf: SERVICES,
    FileLeaf: FILES,
}
_HIVES = {"HKEY_LOCAL_MACHINE": "HKLM", "HKEY_USERS": "HKU", "HKEY_CURRENT_USER": "HKCU", "HKEY_CLASSES_ROOT": "HKCR"}
# What a package manager calls one that is not usable: it was begun, or only unpacked.
_HALF = frozenset({"half-installed", "unpacked"})


def class_of(leaf: Leaf) -> str:
    """Return the data class that a leaf is judged by; empty where inventory holds nothing of the kind."""
    return _CLASSES.get(type(leaf), "")


@dataclass(frozen=True)
class HeldEvidence:
    """What is held: rows by class, `collected` names the classes that were ever collected.

    `condition` judges a condition of the filter language. Of a registry only what stands in `registry` is known: a key
    below one that was exported whole (`exported`) and does not stand there is not there.
    """

    rows: Mapping[str, Rows] = field(default_factory=dict)
    collected: Collection[str] = ()
    registry: Registry = field(default_factory=dict)
    exported: Collection[str] = ()
    condition: Callable[[str], Truth] | None = None

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what is known of a leaf."""
        match leaf:
            case RegistryLeaf():
                return self._registry(leaf)
            case ScriptLeaf():
                return unknown(leaf, "inventory runs no script")
            case InventoryLeaf(condition):
                return condition_found(condition, None if self.condition is None else self.condition(condition))
        name = class_of(leaf)
        if name not in self.collected:
            return not_collected(name, leaf)
        return judge_rows(leaf, self.rows.get(name, ()))

    def _registry(self, leaf: RegistryLeaf) -> LeafFound:
        key = leaf.key.casefold()
        found = self.registry.get(key)
        if found is None:
            if not any(key == root or key.startswith(f"{root}\\") for root in self.exported):
                return unknown(leaf, "the registry was not read there")
            return judge_registry(leaf, RegistryFacts(is_there=False))
        value = None if leaf.value is None else found.get(leaf.value.casefold())
        return judge_registry(leaf, RegistryFacts(is_there=True, value=value))


def not_collected(name: str, leaf: Leaf) -> LeafFound:
    """Return that the class that a leaf is judged by was never collected."""
    return unknown(leaf, f"{name} was never collected")


def condition_found(condition: str, truth: Truth) -> LeafFound:
    """Return what became of a condition of the filter language."""
    word = {True: "holds", False: "does not hold", None: "is not known"}[truth]
    return LeafFound(truth, f"{word}: {condition}")


def judge_rows(leaf: Leaf, rows: Rows) -> LeafFound:
    """Return what rows of the class of a leaf say of it; they may be all of the class, or those that can matter."""
    match leaf:
        case PackageLeaf():
            return judge_package(leaf, [package_facts(row) for row in rows if row.get("status") not in _HALF])
        case ProductLeaf(code, operator, version):
            these = [package_facts(row) for row in rows if str(row.get("product_id") or "").upper() == code]
            return judge_versions(f"product {code}", operator, version, these)
        case ServiceLeaf():
            return _service(leaf, rows)
        case FileLeaf():
            return _file(leaf, rows)
    return unknown(leaf, "inventory holds nothing of the kind")


def package_facts(row: Mapping[str, Any]) -> InstalledPackage:
    """Return what a row of software says."""
    version, epoch = row.get("version"), row.get("epoch")
    if version and epoch and ":" not in version:
        version = f"{epoch}:{version}"
    return InstalledPackage(str(row.get("name") or ""), version, str(row.get("source") or ""))


def _service(leaf: ServiceLeaf, rows: Rows) -> LeafFound:
    wanted = {leaf.name.casefold(), f"{leaf.name}.service".casefold()}
    for row in rows:
        if str(row.get("name") or "").casefold() in wanted:
            state = row.get("state")
            return judge_service(leaf, ServiceFacts(True, None if state is None else state in {"running", "active"}))
    return judge_service(leaf, ServiceFacts(is_there=False))


def _file(leaf: FileLeaf, rows: Rows) -> LeafFound:
    for row in rows:
        if row.get("path") == leaf.path:
            facts = FileFacts(
                True,
                size=row.get("size_bytes"),
                sha256=row.get("sha256"),
                modified=row.get("modified_at"),
                version=row.get("version"),
            )
            return judge_file(leaf, facts)
    # A file scan looks at programs, or at the folders that it was told of: what it did not find may be elsewhere.
    return unknown(leaf, "no file scan found it, and none need have looked there")


def registry_of(exports: Iterable[tuple[str, Mapping[str, str]]]) -> dict[str, dict[str, str]]:
    """Return a registry of the keys of exports (`reg export`), for `HeldEvidence`: names fold case."""
    found: dict[str, dict[str, str]] = {}
    for path, values in exports:
        hive, _, rest = path.partition("\\")
        key = f"{_HIVES.get(hive.upper(), hive)}\\{rest}".casefold()
        found.setdefault(key, {}).update({name.casefold(): value for name, value in values.items()})
    return found
