"""Firewalls, DNS, what protects against malware, and by what others manage the computer."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.endpoint.feed import Rows
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.endpoint.unread import AbsentError, UnreadError
from itmsctl.inventory.parsers import antivirus_tools, iptables, nftables, resolv_conf

_REMOTE = (
    ("teamviewer", "/opt/teamviewer/tv_bin/TeamViewer", "/etc/teamviewer/global.conf",
    r"ClientIDLong\S*\s*=\s*(\d+)|\[int32\] ClientID = (\d+)"),
    ("anydesk", "/usr/bin/anydesk", "/etc/anydesk/system.conf", r"ad\.anynet\.id=(\d+)"),
    ("rustdesk", "/usr/bin/rustdesk", "/root/.config/rustdesk/RustDesk.toml", r"^id\s*=\s*'(\w+)'"),
    ("meshcentral", "/usr/local/mesh_services/meshagent/meshagent", "", ""),
    ("puppet", "/opt/puppetlabs/bin/puppet", "/etc/puppetlabs/puppet/puppet.conf", r"^\s*server\s*=\s*(\S+)"),
    ("salt", "/usr/bin/salt-minion", "/etc/salt/minion", r"^master:\s*(\S+)"),
    ("satellite", "/usr/sbin/subscription-manager", "/etc/rhsm/rhsm.conf", r"^hostname\s*=\s*(\S+)"),
    ("landscape", "/usr/bin/landscape-client", "/etc/landscape/client.conf", r"^url\s*=\s*(\S+)"),
    ("zabbix", "/usr/sbin/zabbix_agentd", "/etc/zabbix/zabbix_agentd.conf", r"^Server=(\S+)"),
)  # fmt: skip
_FILTERS = (
    (("nft", "--stateless", "--json", "list", "ruleset"), nftables.firewall, nftables.firewall_rules),
    (("iptables-save",), iptables.firewall, iptables.firewall_rules),
    (("ip6tables-save",), iptables.firewall, iptables.firewall_rules),
)
_SERVERS = frozenset({"puppet", "salt", "satellite", "landscape", "zabbix"})


def firewall(probe: Probe) -> dict[str, Rows]:
    """Return firewalls and their rules, by whichever tool is there."""
    found: Rows = [*_ufw(probe), *_firewalld(probe)]
    rules: Rows = []
    why: UnreadError | None = None
    for words, firewalls_of, rules_of in _FILTERS:
        if rules and words[0] == "iptables-save":
            break
        try:
            text = probe.run(*words)
        except UnreadError as error:
            why = error if why is None or isinstance(why, AbsentError) else why
            continue
        more, filters = rules_of(text), firewalls_of(text)
        if words[0].startswith("ip6"):
            more = [{**row, "chain": f"ip6 {row['chain']}"} for row in more]
            filters = [{**row, "name": "ip6tables"} for row in filters]
        rules += more
        found += filters
    if isinstance(why, AbsentError) and not found and not rules:
        raise AbsentError("no such command: nft, iptables-save")
    if why is not None and not found and not rules:
        raise why
    return {"firewall": found, "firewall_rules": rules}


def _ufw(probe: Probe) -> Rows:
    if not probe.has("/etc/ufw/ufw.conf"):
        return []
    enabled = re.search(r"^ENABLED=(\w+)", probe.line("/etc/ufw/ufw.conf"), re.MULTILINE)
    policies = dict(re.findall(r'^DEFAULT_(INPUT|OUTPUT)_POLICY="?(\w+)', probe.line("/etc/default/ufw"), re.MULTILINE))
    words = {"ACCEPT": "allow", "DROP": "block", "REJECT": "block"}
    is_enabled = enabled is not None and enabled[1].lower() == "yes"
    return filled(
        {
            "name": "ufw",
            "is_enabled": is_enabled,
            "at_boot": is_enabled,
            "default_in": words.get(policies.get("INPUT", "")),
            "default_out": words.get(policies.get("OUTPUT", "")),
        }
    )


def _firewalld(probe: Probe) -> Rows:
    if not probe.has("/etc/firewalld/firewalld.conf"):
        return []
    zone = re.search(r"^DefaultZone=(\S+)", probe.line("/etc/firewalld/firewalld.conf"), re.MULTILINE)
    at_boot = bool(probe.files("/etc/systemd/system/*.wants/firewalld.service"))
    return filled(
        {
            "name": "firewalld",
            "is_enabled": probe.has("/run/firewalld.pid") or at_boot,
            "at_boot": at_boot,
            "interface": zone[1] if zone else None,
        }
    )


def dns_settings(probe: Probe) -> Rows:
    """Return which servers names are asked of, and who wrote that down."""
    rows = resolv_conf.dns_settings(probe.text("/etc/resolv.conf"))
    row: dict[str, Any] = dict(rows[0]) if rows else {}
    place, text = probe.link("/etc/resolv.conf"), probe.line("/etc/resolv.conf")
    signs = (
        ("systemd", "systemd-resolved"),
        ("resolvconf", "resolvconf"),
        ("NetworkManager", "NetworkManager"),
        ("dhclient", "dhclient"),
        ("Docker", "docker"),
    )
    row["manager"] = next(
        (name for sign, name in signs if sign in place or sign in text.partition("nameserver")[0]), None
    )
    if probe.has("/etc/hosts"):
        row["hosts_file_lines"] = sum(1 for line in lines(probe.text("/etc/hosts")) if line.partition("#")[0].strip())
    return filled(row)


def antivirus(probe: Probe) -> Rows:
    """Return what protects against malware."""
    rows: Rows = []
    for words in (("mdatp", "health", "--output", "json"), ("sentinelctl", "version"), ("cytool", "info")):
        try:
            rows += antivirus_tools.antivirus(probe.run(*words))
        except AbsentError:
            continue
    if probe.has("/usr/bin/clamscan") or probe.has("/usr/sbin/clamd"):
        times = [found for path in probe.files("/var/lib/clamav/*.c?d") for found in (probe.status(path),) if found]
        at = max((int(one.st_mtime) for one in times), default=0)
        rows += filled(
            {
                "name": "ClamAV",
                "publisher": "Cisco",
                "is_enabled": probe.has("/run/clamav/clamd.ctl") or probe.has("/var/run/clamav/clamd.pid"),
                "definitions_at": datetime.fromtimestamp(at, UTC) if at else None,
            }
        )
    return rows


def remote_management(probe: Probe) -> Rows:
    """Return programs by which others manage or see the computer."""
    rows: Rows = []
    for kind, program, file, pattern in _REMOTE:
        if not probe.has(program):
            continue
        found = re.search(pattern, probe.line(file), re.MULTILINE) if file else None
        told = next((one for one in found.groups() if one), None) if found else None
        rows += filled({"type": kind, "server" if kind in _SERVERS else "id": told})
    return rows


def printers(probe: Probe) -> Rows:
    """Return printers of CUPS."""
    rows: Rows = []
    if not probe.has("/etc/cups"):
        raise AbsentError("no such file: /etc/cups")
    if not probe.has("/etc/cups/printers.conf"):
        return rows
    for name, body in re.findall(
        r"^<(?:Default)?Printer ([^>]{1,200})>\n(.*?)^</",
        probe.text("/etc/cups/printers.conf"),
        re.MULTILINE | re.DOTALL,
    ):
        told = dict(re.findall(r"^(Info|Location|MakeModel|DeviceURI|Shared) (.{1,500})$", body, re.MULTILINE))
        rows += filled(
            {
                "name": name,
                "driver": told.get("MakeModel"),
                "model": told.get("MakeModel"),
                "port": told.get("DeviceURI", "").partition("?")[0],
                "location": told.get("Location"),
                "comment": told.get("Info"),
                "is_shared": {"Yes": True, "No": False}.get(told.get("Shared", "")),
                "is_network": told.get("DeviceURI", "").startswith(("ipp", "socket", "lpd", "http", "dnssd")) or None,
            }
        )
    return rows
