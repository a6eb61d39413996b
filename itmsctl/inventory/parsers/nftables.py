"""`nft --json list ruleset`: rules of the packet filter of Linux, in its newer form."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.inventory.captured import filled
from itmsctl.inventory.json_values import json_of, member, objects, text_at
from itmsctl.inventory.parser import Parser, Rows

_ACTIONS = ("accept", "drop", "reject", "return", "queue", "masquerade", "dnat", "snat", "redirect", "jump", "goto")
_DIRECTIONS = {"input": "in", "output": "out"}
_POLICIES = {"accept": "allow", "drop": "block"}
_FIELDS = {"saddr": "source", "daddr": "destination", "sport": "source_port", "dport": "destination_port"}


def _parts(listed: Any, kind: str) -> Iterator[Mapping[str, Any]]:
    for one in objects(listed):
        found = one.get(kind)
        if isinstance(found, Mapping):
            yield found


def _chain(one: Mapping[str, Any], name: str) -> str:
    return " ".join(filter(None, (text_at(one, "family"), text_at(one, "table"), text_at(one, name))))


def firewall_rules(text: str) -> Rows:
    """Return rules in their order."""
    listed = member(json_of(text), "nftables")
    hooks = {_chain(one, "name"): text_at(one, "hook") for one in _parts(listed, "chain")}
    places: dict[str, int] = {}
    rows: Rows = []
    for one in _parts(listed, "rule"):
        chain = _chain(one, "chain")
        places[chain] = places.get(chain, 0) + 1
        expressions = list(objects(one.get("expr")))
        action = next((name for part in expressions for name in _ACTIONS if name in part), None)
        rows += filled(
            {
                "chain": chain,
                "position": places[chain],
                "name": text_at(one, "comment"),
                "direction": _DIRECTIONS.get(hooks.get(chain) or ""),
                "action": action,
                "is_enabled": True,
                "rule": _written(expressions),
                **_matched(expressions),
            }
        )
    return rows


def _written(expressions: list[Mapping[str, Any]]) -> str:
    """Return expressions as text, without their counters, which no rule is."""
    kept = [one for one in expressions if "counter" not in one]
    return json.dumps(kept, sort_keys=True, separators=(",", ":"))[:4000]


def _matched(expressions: list[Mapping[str, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in expressions:
        left, right = member(one, "match", "left"), member(one, "match", "right")
        field = member(left, "payload", "field") or member(left, "meta", "key")
        if right is None or not isinstance(field, str):
            continue
        said = right if isinstance(right, str) else json.dumps(right, sort_keys=True)
        if field in _FIELDS:
            found[_FIELDS[field]] = said[:200]
            protocol = member(left, "payload", "protocol")
            if isinstance(protocol, str) and field.endswith("port"):
                found["protocol"] = protocol
        elif field in {"iifname", "oifname", "iif", "oif"}:
            found["interface"] = said[:200]
        elif field in {"l4proto", "protocol"}:
            found["protocol"] = said[:200]
    return found


def firewall(text: str) -> Rows:
    """Return what becomes of packets that no rule fits."""
    listed = member(json_of(text), "nftables")
    if not isinstance(listed, list):
        return []
    policies = {text_at(one, "hook"): text_at(one, "policy") for one in _parts(listed, "chain") if text_at(one, "hook")}
    rules = sum(1 for _ in _parts(listed, "rule"))
    return filled(
        {
            "name": "nftables",
            "is_enabled": rules > 0 or "drop" in policies.values(),
            "default_in": _POLICIES.get(policies.get("input") or ""),
            "default_out": _POLICIES.get(policies.get("output") or ""),
            "rules": rules,
        }
    )


PARSER = Parser("nft --json list ruleset", {"firewall_rules": firewall_rules, "firewall": firewall})
