"""Tools of Linux of which no output was captured: texts in their forms, and this machine's own tools and files."""

from __future__ import annotations

import grp
import json
import os
import pwd
import random
import socket
import struct
import subprocess
from pathlib import Path
from typing import Any

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.endpoint.looks.logons import logons
from itmsctl.inventory.endpoint.probe import Probe
from itmsctl.inventory.parser import parser
from itmsctl.inventory.parsers.lsblk import COLUMNS
from itmsctl.inventory.service.classes import data_class
from tests.inventory.captures import spoiled
from tests.inventory.test_package_tools import APK_DB, APK_LIST, DPKG, PACMAN, RPM

LSBLK = json.dumps(
    {
        "blockdevices": [
            {
                "name": "nvme0n1", "type": "disk", "size": 512110190592, "model": "SAMSUNG MZVLB512HBJQ-000L7 ",
                "serial": "S4ENNX0N123456", "rota": False, "rm": False, "tran": "nvme", "rev": "5M2QEXF7",
                "children": [
                    {"name": "nvme0n1p1", "type": "part", "size": "1073741824", "start": 2048, "fstype": "vfat",
                     "parttypename": "EFI System", "partuuid": "a1"},
                    {"name": "nvme0n1p3", "type": "part", "size": 510000000000, "fstype": "crypto_LUKS",
                     "children": [{"name": "root", "type": "crypt", "fstype": "ext4"}]},
                ],
            },
            {"name": "sr0", "type": "rom", "size": 1073741312, "model": "DVD-RW", "rota": True, "rm": True},
            {"name": "loop0", "type": "loop", "size": 4096},
        ]
    }
)  # fmt: skip
SYSTEMD = """\
Id=ssh.service
Description=OpenBSD Secure Shell server
ActiveState=active
SubState=running
UnitFileState=enabled
LoadState=loaded
MainPID=812
ExecMainStatus=0
FragmentPath=/lib/systemd/system/ssh.service

Id=nginx.service
ActiveState=failed
SubState=failed
UnitFileState=disabled
LoadState=loaded
MainPID=0
ExecMainStatus=1

Id=auditd.service
ActiveState=inactive
LoadState=not-found

Id=dbus.socket
ActiveState=active
"""
MDSTAT = """\
Personalities : [raid1] [raid6]
md0 : active raid1 sdb1[1] sda1[0]
      976630464 blocks super 1.2 [2/2] [UU]

md1 : active raid5 sde1[3](F) sdd1[1] sdc1[0] sdf1[4](S)
      1953260544 blocks super 1.2 level 5, 512k chunk, algorithm 2 [3/2] [UU_]

unused devices: <none>
"""
MODULES = """\
nf_tables 303104 2 nft_compat,nft_chain_nat, Live 0xffffffffc0a00000
nvidia 39092224 0 - Live 0xffffffffc1000000 (POE)
"""
SWAPS = """\
Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority
/dev/dm-1                               partition\t8388604\t\t1024\t\t-2
"""
APT = """\
# a comment
deb [arch=amd64 signed-by=/k.gpg] http://deb.example/debian/ bookworm main contrib # behind
deb-src http://deb.example/debian bookworm main

Types: deb
URIs: http://security.example/
Suites: bookworm-security
Components: main
Enabled: no
Signed-By: /s.gpg
"""
UPGRADABLE = """\
Listing...
openssl/stable-security 3.0.15-1~deb12u1 amd64 [upgradable from: 3.0.11-1~deb12u2]
vim/stable 2:9.0.1378-2+deb12u2 amd64 [upgradable from: 2:9.0.1378-2]
"""
KEYS = """\
/etc/ssh/ssh_host_ed25519_key.pub\t256 SHA256:abc root@pc1 (ED25519)
/home/jane/.ssh/authorized_keys\t3072 SHA256:def no comment (RSA)
/root/.ssh/id_ecdsa.pub\t256 SHA256:ghi work laptop (of Jane) (ECDSA)
"""
SS = """\
tcp   LISTEN 0      128          0.0.0.0:22        0.0.0.0:*    users:(("sshd",pid=812,fd=3))
tcp   LISTEN 0      511             [::]:80           [::]:*    users:(("nginx",pid=90,fd=6),("nginx",pid=89,fd=6))
udp   UNCONN 0      0      127.0.0.53%lo:53        0.0.0.0:*
tcp   ESTAB  0      0      10.0.0.1:22        10.0.0.2:50000
"""


def rows(name: str, of: str, text: str) -> list[Any]:
    """Return rows in their one form; no value may be of another type."""
    told = report(data_class(of), parser(name).rows(text).get(of, []))
    assert told.faults == ()
    return list(told.rows.values())


def test_block_devices() -> None:
    nvme, dvd = rows("lsblk", "disks", LSBLK)
    assert (nvme["type"], nvme["model"], nvme["interface"]) == ("ssd", "SAMSUNG MZVLB512HBJQ-000L7", "nvme")
    assert (dvd["name"], dvd["type"], dvd["is_removable"]) == ("sr0", "optical", True)
    efi, luks = rows("lsblk", "partitions", LSBLK)
    assert (efi["disk"], efi["number"], efi["start_bytes"], efi["file_system"]) == ("nvme0n1", 1, 2048 * 512, "vfat")
    assert (luks["number"], luks["size_bytes"]) == (3, 510000000000)
    assert rows("lsblk", "encryption", LSBLK)[0]["volume"] == "nvme0n1p3"


def test_services_of_systemd() -> None:
    ssh, nginx = rows("systemd", "services", SYSTEMD)
    assert (ssh["name"], ssh["state"], ssh["start_mode"], ssh["pid"]) == ("ssh", "running", "automatic", 812)
    assert (nginx["name"], nginx["state"], nginx["start_mode"], nginx["exit_status"]) == (
        "nginx",
        "failed",
        "disabled",
        1,
    )


def test_files_of_proc() -> None:
    whole, broken = rows("proc_files", "raid_arrays", MDSTAT)
    assert (whole["level"], whole["members"], whole["state"]) == ("1", ["sda1", "sdb1"], "clean")
    assert (broken["level"], broken["state"], broken["members_failed"], broken["spares"], broken["chunk_kib"]) == (
        "5", "degraded", 1, ["sdf1"], 512,
    )  # fmt: skip
    tables, nvidia = rows("proc_files", "kernel_modules", MODULES)
    assert (tables["used_by"], "is_tainting" in tables) == (["nft_chain_nat", "nft_compat"], False)
    assert (nvidia["is_tainting"], nvidia["size_bytes"]) == (True, 39092224)
    assert rows("proc_files", "swap", SWAPS)[0]["size_bytes"] == 8388604 * 1024


def test_repositories_and_updates_of_apt() -> None:
    found = rows("apt", "repositories", APT)
    assert [(one["type"], one["suite"], one["component"], one["is_enabled"]) for one in found] == [
        ("deb", "bookworm", "main", True),
        ("deb", "bookworm", "contrib", True),
        ("deb-src", "bookworm", "main", True),
        ("deb", "bookworm-security", "main", False),
    ]
    assert found[0]["key"] == "/k.gpg"
    openssl, vim = rows("apt", "pending_updates", UPGRADABLE)
    assert (openssl["is_security"], openssl["version_installed"]) == (True, "3.0.11-1~deb12u2")
    assert (vim["is_security"], vim["version_available"]) == (False, "2:9.0.1378-2+deb12u2")


def test_fingerprints_of_keys() -> None:
    host, allowed, own = rows("ssh_keygen", "ssh_keys", KEYS)
    assert (host["use"], host["type"], "user" in host) == ("host", "ed25519", False)
    assert (allowed["use"], allowed["user"], allowed["bits"], "comment" in allowed) == (
        "authorized",
        "jane",
        3072,
        False,
    )
    assert (own["use"], own["user"], own["comment"]) == ("identity", "root", "work laptop (of Jane)")


def test_ports_that_wait() -> None:
    found = {(one["protocol"], one["address"], one["port"]): one for one in rows("ss", "listening_ports", SS)}
    assert set(found) == {("tcp", "*", 22), ("tcp6", "*", 80), ("udp", "127.0.0.53", 53)}
    assert found["tcp6", "*", 80]["process"] == "nginx"


def test_resolver() -> None:
    text = "# made by hand\nsearch a.example b.example\nnameserver 10.0.0.1 # first\nnameserver ::1\n"
    text += "options ndots:2 rotate\n"
    (found,) = rows("resolv_conf", "dns_settings", text)
    assert found == {
        "servers": ["10.0.0.1", "::1"], "search": ["a.example", "b.example"], "options": ["ndots:2", "rotate"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"name": "pip", "version": "24.0"}]', [("pip", "24.0", "pip")]),
        ('{"dependencies": {"npm": {"version": "10.2.4"}, "x": {}}}', [("npm", "10.2.4", "npm")]),
        ("*** LOCAL GEMS ***\n\nbigdecimal (default: 3.1.1)\nrake (13.1.0, 13.0.6)\n",
         [("bigdecimal", "3.1.1", "gem"), ("rake", "13.1.0", "gem"), ("rake", "13.0.6", "gem")]),
        ("openssl@3 3.2.0_1 3.1.4\n", [("openssl@3", "3.2.0_1", "brew"), ("openssl@3", "3.1.4", "brew")]),
    ],
)  # fmt: skip
def test_packages_of_languages(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = rows("language_packages", "software", text)
    assert [(one["name"], one["version"], one["source"]) for one in found] == expected


@pytest.mark.parametrize(
    ("text", "kernel", "version", "machine"),
    [
        ("Linux pc1 6.1.0-13-amd64 #1 SMP Debian 6.1.55-1 x86_64 GNU/Linux", "Linux", "6.1.0-13-amd64", "x86_64"),
        ("Darwin mac.local 23.4.0 Darwin Kernel Version 23.4.0: root:xnu arm64", "Darwin", "23.4.0", "arm64"),
        ("FreeBSD bsd 14.0-RELEASE FreeBSD 14.0-RELEASE #0 GENERIC amd64", "FreeBSD", "14.0-RELEASE", "amd64"),
        ("SunOS sol 5.11 11.4.0.15.0 sun4v sparc sun4v", "SunOS", "5.11", "sun4v"),
        ("AIX host1 2 7 00F6A6E34C00", "AIX", "7.2", None),
        ("HP-UX hp B.11.31 U ia64 1055760970 unlimited-user license", "HP-UX", "B.11.31", "ia64"),
    ],
)
def test_kernels(text: str, kernel: str, version: str, machine: str | None) -> None:
    (found,) = rows("uname", "operating_system", text + "\n")
    assert (found["kernel_name"], found["kernel_version"], found.get("architecture")) == (kernel, version, machine)
    assert rows("uname", "identification", text)[0]["host_name"] == text.split()[1]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("lsblk", LSBLK), ("systemd", SYSTEMD), ("proc_files", MDSTAT), ("proc_files", MODULES), ("proc_files", SWAPS),
        ("apt", APT), ("apt", UPGRADABLE), ("ssh_keygen", KEYS), ("ss", SS), ("dpkg", DPKG), ("rpm", RPM),
        ("apk", APK_DB),
        ("apk", APK_LIST), ("pacman", PACMAN), ("lscpu", '{"lscpu": [{"field": "Model name:", "data": "x"}]}'),
        ("language_packages", '[{"name": "pip", "version": "24.0"}]'), ("accounts", "root:x:0:0:root:/root:/bin/sh\n"),
        ("resolv_conf", "nameserver 10.0.0.1\n"), ("uname", "Linux a 6.1 #1 SMP x86_64 GNU/Linux\n"),
    ],
)  # fmt: skip
def test_spoiled_text_hurts_nobody(name: str, text: str) -> None:
    dice = random.Random(name)
    for _ in range(40):
        for given in spoiled(text, dice):
            for of, found in parser(name).rows(given).items():
                report(data_class(of), found)


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_this_machine_is_read_as_the_system_tells_it() -> None:
    """Each against another source than the one that is read."""
    (kernel,) = rows("uname", "operating_system", output("uname", "-a"))
    assert (kernel["kernel_version"], kernel["architecture"]) == (os.uname().release, os.uname().machine)
    users = rows("accounts", "local_users", output("getent", "passwd"))
    assert {(one["name"], one["uid"]) for one in users} == {(one.pw_name, str(one.pw_uid)) for one in pwd.getpwall()}
    groups = rows("accounts", "local_groups", output("getent", "group"))
    assert {(one["name"], one["gid"]) for one in groups} == {(one.gr_name, str(one.gr_gid)) for one in grp.getgrall()}
    processors = rows("lscpu", "processors", output("lscpu", "-J"))
    assert sum(one["threads"] for one in processors) == os.cpu_count()
    named = {one["name"] for one in rows("lsblk", "disks", output("lsblk", "-J", "-b", "-o", COLUMNS))}
    assert named <= {path.name for path in Path("/sys/block").iterdir()}


def test_a_port_that_waits_is_seen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = rows("ss", "listening_ports", output("ss", "-H", "-tulpn"))
    assert ("tcp", "127.0.0.1", port, os.getpid()) in {
        (one["protocol"], one["address"], one["port"], one.get("pid")) for one in found
    }


def test_logons_of_wtmp_have_columns_that_the_class_has(tmp_path: Path) -> None:
    record = struct.pack("=hxxi32s4s32s256shhiii16s20x", 7, 1, b"pts/0", b"", b"jane", b"10.0.0.7", *[0] * 3, 9, 0, b"")
    (tmp_path / "var/log").mkdir(parents=True)
    (tmp_path / "var/log/wtmp").write_bytes(record)
    kept = report(data_class("logons"), logons(Probe(str(tmp_path))))
    assert kept.faults == ()
    assert [row["origin"] for row in kept.rows.values()] == ["10.0.0.7"]
