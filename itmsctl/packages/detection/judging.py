"""Whether a rule holds: facts judged leaf by leaf, and put together with three values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from itmsctl.expressions import regexes
from itmsctl.packages.detection.found import (
    Evidence,
    FileFacts,
    InstalledPackage,
    LeafFound,
    Packages,
    RegistryFacts,
    ScriptFacts,
    ServiceFacts,
    Truth,
)
from itmsctl.packages.detection.rule import (
    AnyRule,
    EveryRule,
    FileLeaf,
    FileTest,
    Leaf,
    NotRule,
    PackageLeaf,
    RegistryLeaf,
    Rule,
    ScriptLeaf,
    ServiceLeaf,
)
from itmsctl.packages.detection.writing import leaf_text
from itmsctl.values.schemes import OPERATORS, SCHEMES, scheme_of

MOST_REASONS = 5
_WINDOWS_SOURCES = frozenset({"msi", "registry", "store", "app"})


@dataclass(frozen=True, slots=True)
class RuleVerdict:
    """Whether a rule holds, and what decides it; of one that is unknown, what is not known."""

    truth: Truth
    why: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return the reasons on one line."""
        return _several(self.why)


def _several(said: Sequence[str]) -> str:
    more = len(said) - MOST_REASONS
    return "; ".join(said[:MOST_REASONS]) + (f"; and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True)
class EvidenceInTurn:
    """Several pieces of evidence: of a leaf that the first knows nothing of, the next one is asked."""

    pieces: Sequence[Evidence]

    def look(self, leaf: Leaf) -> LeafFound:
        """Return what the first that knows says, or what the first does not know."""
        found = [piece.look(leaf) for piece in self.pieces]
        return next((one for one in found if one.truth is not None), found[0])


def evaluate(rule: Rule, evidence: Evidence) -> RuleVerdict:
    """Return whether a rule holds: `and` is false where any part is, and unknown where one may be; so `or`."""
    if isinstance(rule, EveryRule | AnyRule):
        return _together([evaluate(part, evidence) for part in rule.parts], decides=isinstance(rule, AnyRule))
    if isinstance(rule, NotRule):
        found = evaluate(rule.part, evidence)
        return RuleVerdict(None if found.truth is None else not found.truth, found.why)
    one = evidence.look(rule)
    return RuleVerdict(one.truth, (one.said,))


def _together(found: Sequence[RuleVerdict], *, decides: bool) -> RuleVerdict:
    """Return what parts say together: one that `decides` does; else one that is unknown leaves it unknown."""
    for truth in (decides, None, not decides):
        why = _why(one for one in found if one.truth is truth)
        if why:
            return RuleVerdict(truth, why)
    raise AssertionError("a rule has parts")


def _why(found: Iterable[RuleVerdict]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said for one in found for said in one.why))


def unknown(leaf: Rule, why: str) -> LeafFound:
    """Return that nothing is known of a leaf."""
    return LeafFound(None, f"{why}: {leaf_text(leaf)}" if not isinstance(leaf, EveryRule | AnyRule | NotRule) else why)


# --- leaves -----------------------------------------------------------------------------------------------------------


def judge_file(leaf: FileLeaf, facts: FileFacts) -> LeafFound:
    """Return whether a file is as it should be."""
    if not facts.is_there:
        return LeafFound(False, f"{leaf.path} is not there")
    if facts.is_folder is not None and facts.is_folder is not leaf.is_folder:
        return LeafFound(False, f"{leaf.path} is {'a' if facts.is_folder else 'not a'} folder")
    tested = [_file_test(leaf.path, test, facts) for test in leaf.tests]
    if not tested:
        return LeafFound(True, f"{leaf.path} is there")
    found = _together([RuleVerdict(one.truth, (one.said,)) for one in tested], decides=False)
    return LeafFound(found.truth, found.text)


def _file_test(path: str, test: FileTest, facts: FileFacts) -> LeafFound:
    value = getattr(facts, test.field)
    if value is None:
        return LeafFound(None, f"the {test.field} of {path} is not known")
    if test.field == "version":
        truth = SCHEMES["windows"].holds(str(value), test.operator, str(test.wanted))
    else:
        wanted = test.wanted
        truth = OPERATORS[test.operator]((value > wanted) - (value < wanted), 0)
    return LeafFound(truth, f"{path} has {test.field} {value}")


def judge_package(leaf: PackageLeaf, found: Packages) -> LeafFound:
    """Return whether any of the packages that are installed is the one. `found` may hold others beside."""
    named = [one for one in found if is_named(leaf, one)]
    return judge_versions(leaf.name, leaf.operator, leaf.version, named)


def judge_versions(name: str, operator: str, version: str, named: Packages) -> LeafFound:
    """Return whether any of these installed versions stands in the relation."""
    if not named:
        return LeafFound(False, f"{name} is not installed")
    judged = [(_version_truth(one, operator, version), one) for one in named]
    for truth in (True, None, False):
        those = [one for is_so, one in judged if is_so is truth]
        if those:
            return LeafFound(truth, _several(sorted({_shown(one, truth) for one in those})))
    raise AssertionError("one of three values")


def is_named(leaf: PackageLeaf, one: InstalledPackage) -> bool:
    """Return whether an installed package bears the name of a leaf, and is of its manager; `*` in it is anything."""
    if leaf.manager and one.source != leaf.manager:
        return False
    wanted, name = leaf.name, one.name
    if one.source in _WINDOWS_SOURCES:
        wanted, name = wanted.casefold(), name.casefold()
    return fnmatchcase(name, _star_alone(wanted)) if "*" in wanted else name == wanted


def _star_alone(pattern: str) -> str:
    return "".join(f"[{char}]" if char in "?[" else char for char in pattern)


def _version_truth(one: InstalledPackage, operator: str, version: str) -> Truth:
    if not operator:
        return True
    return None if not one.version else scheme_of(one.source).holds(one.version, operator, version)


def _shown(one: InstalledPackage, truth: Truth) -> str:
    if truth is None:
        return f"the version of {one.name} is not known ({one.source})"
    return f"{one.name} {one.version or ''}".rstrip() + f" is installed ({one.source})"


def judge_registry(leaf: RegistryLeaf, facts: RegistryFacts) -> LeafFound:
    """Return whether a key or value of the registry is there, and is so."""
    if not facts.is_there:
        return LeafFound(False, f"{leaf.key} is not there")
    if leaf.value is None:
        return LeafFound(True, f"{leaf.key} is there")
    place = f"{leaf.key}\\{leaf.value or '(default)'}"
    if facts.value is None:
        return LeafFound(False, f"{place} is not there")
    said = f"{place} is {facts.value[:200]}"
    return LeafFound(not leaf.operator or _text_truth(facts.value, leaf.operator, leaf.wanted), said)


def judge_script(leaf: ScriptLeaf, facts: ScriptFacts) -> LeafFound:
    """Return whether a script ended, and printed, as it should."""
    if facts.code != leaf.code:
        return LeafFound(False, f"the script ended with {facts.code}")
    if not leaf.operator:
        return LeafFound(True, f"the script ended with {facts.code}")
    truth = _text_truth(facts.output.strip(), leaf.operator, leaf.output)
    return LeafFound(truth, f"the script printed {facts.output.strip()[:200] or 'nothing'}")


def _text_truth(found: str, operator: str, wanted: str) -> bool:
    """Return whether texts are equal, or one matches; `<` and `>` compare them as versions."""
    if operator == "~":
        return regexes.searcher(wanted)(found) is not None
    if operator in {"=", "!="}:
        return (found == wanted) is (operator == "=")
    return SCHEMES["windows"].holds(found, operator, wanted)


def judge_service(leaf: ServiceLeaf, facts: ServiceFacts) -> LeafFound:
    """Return whether a service is there, and in its state."""
    if not facts.is_there:
        return LeafFound(False, f"service {leaf.name} is not installed")
    if not leaf.state:
        return LeafFound(True, f"service {leaf.name} is installed")
    if facts.is_running is None:
        return LeafFound(None, f"whether service {leaf.name} runs is not known")
    said = f"service {leaf.name} is {'running' if facts.is_running else 'stopped'}"
    return LeafFound(facts.is_running is (leaf.state == "running"), said)
