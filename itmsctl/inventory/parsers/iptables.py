"""`iptables-save`, `ip6tables-save`: rules of the packet filter of Linux."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_TABLE = re.compile(r"\*(\w{1,32})")
_CHAIN = re.compile(r":(?P<chain>\S{1,64}) (?P<policy>ACCEPT|DROP|-)(?: \[.*\])?")
_RULE = re.compile(r"-A (?P<chain>\S{1,64}) (?P<rest>.*)")
_DIRECTIONS = {"INPUT": "in", "OUTPUT": "out"}


def _option(rest: str, *names: str) -> str | None:
    """Return what stands behind an option, with `!` before it where it is turned round."""
    for name in names:
        found = re.search(rf"(?:^|\s)(?P<not>! )?{re.escape(name)} (?P<value>\S+)", rest)
        if found:
            return ("! " if found["not"] else "") + found["value"]
    return None


def firewall_rules(text: str) -> Rows:
    """Return rules in their order."""
    rows: Rows = []
    table = ""
    places: dict[str, int] = {}
    for line in lines(text):
        plain = line.strip()
        if head := _TABLE.fullmatch(plain):
            table, places = head[1], {}
        elif rule := _RULE.fullmatch(plain):
            chain, rest = rule["chain"], rule["rest"]
            places[chain] = places.get(chain, 0) + 1
            comment = re.search(r'--comment (?:"([^"]{1,200})"|(\S{1,200}))', rest)
            rows += filled(
                {
                    "chain": f"{table} {chain}".strip(),
                    "position": places[chain],
                    "name": (comment[1] or comment[2]) if comment else None,
                    "direction": _DIRECTIONS.get(chain),
                    "action": (_option(rest, "-j", "-g") or "").lower(),
                    "protocol": _option(rest, "-p"),
                    "source": _option(rest, "-s"),
                    "source_port": _option(rest, "--sport", "--sports"),
                    "destination": _option(rest, "-d"),
                    "destination_port": _option(rest, "--dport", "--dports"),
                    "interface": _option(rest, "-i", "-o"),
                    "is_enabled": True,
                    "rule": plain,
                }
            )
    return rows


def firewall(text: str) -> Rows:
    """Return what becomes of packets that no rule fits."""
    policies: dict[str, str] = {}
    table = ""
    for line in lines(text):
        plain = line.strip()
        if head := _TABLE.fullmatch(plain):
            table = head[1]
        elif table == "filter" and (chain := _CHAIN.fullmatch(plain)):
            policies[chain["chain"]] = {"ACCEPT": "allow", "DROP": "block"}.get(chain["policy"], "")
    if "INPUT" not in policies:
        return []
    rules = len(firewall_rules(text))
    is_enabled = rules > 0 or "block" in policies.values()
    return filled(
        {
            "name": "iptables",
            "is_enabled": is_enabled,
            "default_in": policies.get("INPUT"),
            "default_out": policies.get("OUTPUT"),
            "rules": rules,
        }
    )


PARSER = Parser("iptables-save", {"firewall_rules": firewall_rules, "firewall": firewall})
