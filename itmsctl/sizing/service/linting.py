"""`inventory lint`: what of the inventory policies will load clients, network or CMDB more than it gives (INV-43).

What is about load is found by the rules of sizing, those that stand on what the guide says of inventory; what is about
a policy alone by `inventory.advice`.
"""

from __future__ import annotations

from dataclasses import replace

from itmsctl.cmdb.work import Reader
from itmsctl.inventory import advice
from itmsctl.inventory.service.policies import INVENTORY_POLICIES
from itmsctl.sites.findings import SiteFinding, worst_first
from itmsctl.sizing.numbers import Numbers
from itmsctl.sizing.rulebook import rules
from itmsctl.sizing.service.snapshots import snapshot

_ABOUT = "INV-"  # in the source of a rule


def lint(reader: Reader, numbers: Numbers, *, every: bool = False) -> list[SiteFinding]:
    """Return what is found of the inventory policies that are enabled, or of all; worst first.

    Those that reach nobody yet count too: what is found is known before they do.
    """
    docs = [doc for doc in INVENTORY_POLICIES.list(reader) if every or doc.fields["enabled"]]
    looked_at = {doc.name for doc in docs}
    found = snapshot(reader)
    ours = tuple(
        replace(policy, enabled=policy.name in looked_at)
        for policy in found.policies
        if policy.noun == INVENTORY_POLICIES.kind.name
    )
    alone = replace(found, policies=ours)
    of_load = [one for rule in rules() if _ABOUT in rule.source for one in rule.findings(alone, numbers)]
    return worst_first([*of_load, *(one for doc in docs for one in advice.findings(doc.name, doc.fields))])
