"""Rules over what was captured on real computers: the evidence, the rule, and whether it holds (None: unknown)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from itmsctl.inventory.captured import text_of
from itmsctl.inventory.parser import parser
from itmsctl.inventory.parsers.registry.keys import keys
from itmsctl.packages.detection.held import HeldEvidence, registry_of
from tests.inventory.captures import FOLDER

UNINSTALL = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"


def _text(path: str) -> str:
    return text_of((FOLDER / path).read_bytes())


def _parsed(tool: str, path: str, **rows: Any) -> HeldEvidence:
    software = parser(tool).classes["software"](_text(path))
    return HeldEvidence({"software": software, **rows}, {"software", *rows})


def _registry(name: str, root: str) -> HeldEvidence:
    """Return an export, and the programs that it tells of."""
    path = f"win32/registry/{name}.reg"
    registry = registry_of(keys(_text(path)))
    rows = parser("registry").classes["software"](_text(path))
    return HeldEvidence({"software": rows}, {"software"}, registry, {root.casefold()})


def _fedora() -> HeldEvidence:
    """Return the 3,033 packages of rpm on a computer with Fedora 25."""
    told = json.loads((FOLDER.parent / "glpi" / "examples" / "computer_3.json").read_text())["content"]["softwares"]
    rows = [{"name": one["name"], "version": one["version"], "source": "rpm"} for one in told]
    return HeldEvidence({"software": rows}, {"software"})


_NETWORKS = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion\NetworkList"
_SQL = r"HKLM\SOFTWARE\Microsoft\Microsoft SQL Server"
SOURCES: Mapping[str, Callable[[], HeldEvidence]] = {
    "fedora": _fedora,
    "aix": lambda: _parsed("lslpp", "aix/lslpp/aix-6.1b"),
    "freebsd": lambda: _parsed("pkg_info", "bsd/pkg_info/sample1"),
    "hp-ux": lambda: _parsed("swlist", "hpux/swlist/hpux1"),
    "snap": lambda: _parsed("snap", "linux/packaging/snap_scrcpy"),
    "sql-server": lambda: _registry("mssql-Uninstall", UNINSTALL),
    "russian": lambda: _registry("10_russian-Uninstall", UNINSTALL),
    "engine": lambda: _registry("mssql_engine-Setup", rf"{_SQL}\MSSQL11.SQLEXPRESS\Setup"),
    "instances": lambda: _registry("mssql_engine-SQL", rf"{_SQL}\Instance Names\SQL"),
    "networks": lambda: _registry("10-NetworkList", _NETWORKS.replace("HKEY_LOCAL_MACHINE", "HKLM")),
    "nothing": HeldEvidence,
}


@cache
def evidence_of(name: str) -> HeldEvidence:
    """Return a piece of evidence of the table."""
    return SOURCES[name]()


_SETUP = rf"'{_SQL}\MSSQL11.SQLEXPRESS\Setup'"
CASES: tuple[tuple[str, str, bool | None], ...] = (
    # rpm, on Fedora 25
    ("fedora", "package xerces-j2", True),
    ("fedora", "package xerces", False),
    ("fedora", "package armadillo >= 7.600.2", True),
    ("fedora", "package armadillo = 7.600.2", True),
    ("fedora", "package armadillo = 7.600.2-1.fc25", True),
    ("fedora", "package armadillo > 7.600.2", False),
    ("fedora", "package armadillo > 7.600.2-0.9", True),
    ("fedora", "package armadillo < 7.600.10", True),
    ("fedora", "package php70-php-imap >= 7.0.16-1.fc24.remi", True),
    ("fedora", "package php70-php-imap by rpm", True),
    ("fedora", "package php70-php-imap by dpkg", False),
    ("fedora", "package XERCES-J2", False),
    ("fedora", "package 'libvirt-*' >= 1.0.0", True),
    ("fedora", "package libvirt-gconfig and not package libvirt-gone", True),
    ("fedora", "any: [package none-such, package jnr-ffi]", True),
    ("fedora", "all: [package none-such, package jnr-ffi]", False),
    ("fedora", "service sshd running", None),
    ("fedora", "package jnr-ffi or service sshd", True),
    ("fedora", "package jnr-ffi and service sshd", None),
    ("fedora", "package none-such and service sshd", False),
    ("fedora", "not service sshd", None),
    ("fedora", "file /usr/bin/java", None),
    ("fedora", "script 'true'", None),
    ("fedora", "registry HKLM\\Software\\X", None),
    # AIX, FreeBSD, HP-UX, snap
    ("aix", "package Atape.driver >= 12.0", True),
    ("aix", "package Atape.driver >= 12.1", False),
    ("aix", "package artex.base.rte = 6.1.6.3", True),
    ("freebsd", "package audacity < 1.3", True),
    ("freebsd", "package autoconf >= 2.68", True),
    ("freebsd", "package acroread9", False),
    ("hp-ux", "package B3929EA >= 4.1", True),
    ("hp-ux", "package B9789AA < 1.3.1.17.00", False),
    ("snap", "package scrcpy >= 1.9", True),
    ("snap", "package scrcpy > 1.10 by snap", False),
    # Programs of Windows, as the uninstall keys tell of them
    ("sql-server", "package 'Microsoft SQL Server 2017'", True),
    ("sql-server", "package 'microsoft sql server 2017' >= 17.7", True),
    ("sql-server", "package 'Microsoft SQL Server 2017' >= 17.100", False),
    ("sql-server", "package 'Microsoft SQL Server *' >= 14.72.6100.34", True),
    ("sql-server", "package 'Git version *' >= 2.12 by registry", True),
    ("sql-server", "package 'Git version *' by msi", False),
    ("sql-server", "package 'FusionInventory Agent*' >= 2.4", True),
    ("sql-server", "product {532C05E1-7376-1014-987E-E28031843670}", True),
    ("sql-server", "product 532c05e1-7376-1014-987e-e28031843670 >= 5.24.1", True),
    ("sql-server", "product {532C05E1-7376-1014-987E-E28031843670} >= 5.26", False),
    ("sql-server", "product {00000000-0000-0000-0000-000000000000}", False),
    ("sql-server", f"registry '{UNINSTALL}\\Microsoft SQL Server 2005'", True),
    ("sql-server", f"registry '{UNINSTALL.lower()}\\MICROSOFT SQL SERVER 2005' value displayversion >= 10.53", True),
    ("sql-server", f"registry '{UNINSTALL}\\Microsoft SQL Server 2005' value DisplayVersion < 9.100.0.0", False),
    ("sql-server", f"registry '{UNINSTALL}\\Microsoft SQL Server 2012'", False),
    ("sql-server", f"registry '{UNINSTALL}\\Microsoft SQL Server 2005' value Publisher = Microsoft", True),
    ("sql-server", f"registry '{UNINSTALL}\\Microsoft SQL Server 2005' value Publisher != Microsoft", False),
    ("sql-server", f"registry '{UNINSTALL}\\FusionInventory-Agent' value InstallLocation ~ '^C:.*Agent$'", True),
    ("sql-server", f"registry '{UNINSTALL}\\FusionInventory-Agent' value NoSuch", False),
    ("sql-server", "registry HKLM\\SOFTWARE\\Elsewhere", None),
    ("russian", "package 'КриптоПро CSP' >= 5.0", True),
    ("russian", "package '1C Предприятие *' = 77.27", True),
    ("russian", "product {50F91F80-D397-437C-B0C8-62128DE3B55E} < 5.0.12000", False),
    ("engine", f"registry {_SETUP} value Version >= 11.0.2100.60", True),
    ("engine", f"registry {_SETUP} value Version >= 11.0.3000", False),
    ("engine", f"registry {_SETUP} value Edition ~ Express and registry {_SETUP} value SP = 0", True),
    ("instances", f"registry '{_SQL}\\Instance Names\\SQL' value SQLEXPRESS", True),
    ("instances", f"registry '{_SQL}\\Instance Names\\SQL' value MSSQLSERVER", False),
    ("networks", f"registry '{_NETWORKS}\\Nla'", True),
    # Where nothing is known, nothing follows
    ("nothing", "package bash", None),
    ("nothing", "not package bash", None),
    ("nothing", "inventory software(name = 'bash')", None),
)  # fmt: skip
