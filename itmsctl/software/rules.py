"""The rules of a software resource together, and the state that what is known of a computer comes to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from itmsctl.packages.detection import evaluate, parse
from itmsctl.packages.detection.found import Evidence
from itmsctl.packages.detection.held import class_of
from itmsctl.packages.detection.rule import InventoryLeaf, Leaf, Rule, leaves
from itmsctl.software.kinds import COMPLIANT, NOT_APPLICABLE, NOT_COMPLIANT, UNKNOWN
from itmsctl.software.ruletexts import COMPUTER, digest_of

_CLASS = re.compile(r"([a-z_][a-z0-9_]*)\s*[(.]")


@dataclass(frozen=True, slots=True)
class SoftwareRules:
    """What says whether software is there (`detect`), and for whom it is (`applies`)."""

    detect: Rule | None
    applies: Rule | None
    digest: str

    @property
    def leaves(self) -> tuple[Leaf, ...]:
        """Return what both ask, each once."""
        found = (leaf for rule in (self.detect, self.applies) if rule is not None for leaf in leaves(rule))
        return tuple(dict.fromkeys(found))

    @property
    def classes(self) -> frozenset[str]:
        """Return the classes whose rows may decide it."""
        return frozenset().union(*(_classes(leaf) for leaf in self.leaves))


@lru_cache(maxsize=4096)
def rules_of(detect: str, applies: str) -> SoftwareRules:
    """Return rules by their texts, either of which may be empty. Raises ExpressionError."""
    return SoftwareRules(
        parse(detect) if detect else None, parse(applies) if applies else None, digest_of(detect, applies)
    )


def _classes(leaf: Leaf) -> frozenset[str]:
    if isinstance(leaf, InventoryLeaf):
        # Words that stand like a class; one too many only has computers looked at again.
        return frozenset({COMPUTER, *_CLASS.findall(leaf.condition.lower())})
    name = class_of(leaf)
    return frozenset({name} if name else ())


def judged(rules: SoftwareRules, evidence: Evidence) -> tuple[str, str]:
    """Return the state of software on a computer, and why."""
    if rules.applies is not None:
        fits = evaluate(rules.applies, evidence)
        if fits.truth is False:
            return NOT_APPLICABLE, fits.text
        if fits.truth is None:
            return UNKNOWN, f"whether it is for this computer: {fits.text}"
    if rules.detect is None:
        return UNKNOWN, "no rule says whether it is installed"
    found = evaluate(rules.detect, evidence)
    return {True: COMPLIANT, False: NOT_COMPLIANT, None: UNKNOWN}[found.truth], found.text
