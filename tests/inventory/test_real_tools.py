"""FusionInventory Agent and Facter run for real on this machine: what they tell is what its own tools tell."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from itmsctl.inventory.delta import report
from itmsctl.inventory.parser import parser
from itmsctl.inventory.parsers.dpkg import FORMAT
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.loading import read_inventory
from itmsctl.inventory.told import Told
from tests.inventory.collections import AT
from tests.servers import missing

AGENT, FACTER = "fusioninventory-inventory", "facter"

# What the agent says otherwise than the tools of the system, and why; every other column that both tell is equal.
OTHERWISE = {
    "software": {"publisher": "the agent says who built the distribution, dpkg who maintains the package"},
    "local_users": {
        "full_name": "the agent leaves out what stands behind the first comma, and writes the name where there is none"
    },
    "network_interfaces": {
        "type": "the agent tells none of interfaces that it takes for virtual",
        "state": "a bridge without members is up for one and down for the other",
    },
    "filesystems": {
        "size_bytes": "the agent tells whole MiB", "free_bytes": "the agent tells whole MiB, and writing goes on",
        "device": "of what a container is mounted on",
    },
}  # fmt: skip
# Of the same, what Facter says otherwise.
FACTER_OTHERWISE = {
    "network_interfaces": {
        "state": "Debian's version tells none where the kernel does not know the speed",
        "type": "Facter tells none, so that it follows from the name",
    },
    "operating_system": {"version": "Facter says the point release: 12.11, os-release 12"},
}  # fmt: skip


def output(*command: str) -> bytes:
    environment = os.environ | {"LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment, timeout=240)
    # Facter says 1 where it may not read a file that one of its facts asks for, and tells the others
    assert done.returncode == 0 or command[0] == FACTER, done.stderr
    return done.stdout


@cache
def told_by_tool(tool: str) -> Told:
    """Return what a tool tells of this machine."""
    if shutil.which(tool) is None or os.geteuid() != 0:
        missing("inventories", f"{tool} is run by root, and has to be installed (apt-get install {AGENT} {FACTER})")
    text = output(tool, *(["--json"] if tool == FACTER else []))
    ((subject, told),) = read_inventory(BytesIO(text), tool, at=AT)
    assert subject.name == os.uname().nodename.partition(".")[0]
    assert subject.os_family == "linux"
    return told


def keyed(one: str, rows: Any, by: tuple[str, ...]) -> dict[tuple[Any, ...], Mapping[str, Any]]:
    kept = report(data_class(one), rows)
    assert kept.faults == (), one
    return {tuple(row.get(name) for name in by): row for row in kept.rows.values()}


def own(one: str, name: str, *command: str) -> Any:
    text = Path(command[0]).read_text() if len(command) == 1 else output(*command).decode()
    return parser(name).rows(text)[one]


def differences(one: str, theirs: Any, ours: Any, by: tuple[str, ...]) -> dict[str, Any]:
    """Return the columns that both tell and that differ, each with one example."""
    left, right = keyed(one, theirs, by), keyed(one, ours, by)
    found: dict[str, Any] = {}
    for key in left.keys() & right.keys():
        for column in left[key].keys() & right[key].keys():
            if left[key][column] != right[key][column]:
                found.setdefault(column, (key, left[key][column], right[key][column]))
    return found


def packages() -> list[dict[str, Any]]:
    form = FORMAT.replace("\\t", "\t").replace("\\n", "\n")
    return [row for row in own("software", "dpkg", "dpkg-query", "-W", "-f", form) if row["status"] == "installed"]


def test_the_agent_and_dpkg_tell_the_same_software() -> None:
    """Others may install packages on this machine while the agent runs: what was there before and after is told."""
    by = ("name", "version", "architecture", "source")
    told_by_tool(AGENT)
    before, theirs, after = packages(), told_by_tool.__wrapped__(AGENT).classes["software"], packages()
    assert len(after) > 100
    told, first, last = (keyed("software", rows, by).keys() for rows in (theirs, before, after))
    assert first & last <= told
    assert told <= first | last
    assert differences("software", theirs, after, by).keys() <= OTHERWISE["software"].keys()


def test_the_agent_and_getent_tell_the_same_accounts() -> None:
    theirs, ours = told_by_tool(AGENT).classes["local_users"], own("local_users", "accounts", "getent", "passwd")
    assert keyed("local_users", theirs, ("name",)).keys() == keyed("local_users", ours, ("name",)).keys()
    assert differences("local_users", theirs, ours, ("name",)).keys() <= OTHERWISE["local_users"].keys()


def test_agent_facter_and_ip_tell_the_same_network() -> None:
    ours = own("network_interfaces", "ip_addr", "ip", "addr")
    addresses = own("interface_addresses", "ip_addr", "ip", "addr")
    by = ("interface", "address", "prefix_length")
    for tool, otherwise in ((AGENT, OTHERWISE), (FACTER, FACTER_OTHERWISE)):
        told = told_by_tool(tool).classes
        names = keyed("network_interfaces", told["network_interfaces"], ("name",)).keys()
        assert names <= keyed("network_interfaces", ours, ("name",)).keys(), tool
        assert {("lo",)} < names or len(ours) == 1
        known = differences("network_interfaces", told["network_interfaces"], ours, ("name",)).keys()
        assert known <= otherwise["network_interfaces"].keys(), tool
        assert keyed("interface_addresses", told["interface_addresses"], by).keys() <= (
            keyed("interface_addresses", addresses, by).keys()
        ), tool


def test_agent_facter_and_os_release_tell_the_same_system() -> None:
    (ours,) = own("operating_system", "os_release", "/etc/os-release")
    kernel = {"kernel_name": "Linux", "kernel_version": os.uname().release, "architecture": os.uname().machine}
    together = [ours | kernel]
    for tool in (AGENT, FACTER):
        found = differences("operating_system", told_by_tool(tool).classes["operating_system"], together, ())
        assert found.keys() <= FACTER_OTHERWISE["operating_system"].keys(), (tool, found)


def test_agent_facter_and_the_kernel_tell_the_same_machine() -> None:
    threads = os.cpu_count()
    total = next(line for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal"))
    mib = int(total.split()[1]) / 1024
    for tool in (AGENT, FACTER):
        (row,) = told_by_tool(tool).classes["hardware"]
        assert row["threads"] == threads, tool
        assert abs(row["memory_mib"] - mib) <= max(2, mib / 50), tool
        assert row["architecture"] == os.uname().machine, tool


def test_the_agent_and_df_tell_the_same_disks() -> None:
    theirs, ours = told_by_tool(AGENT).classes["filesystems"], own("filesystems", "df", "df", "-kPT")
    left, right = keyed("filesystems", theirs, ("mount_point",)), keyed("filesystems", ours, ("mount_point",))
    assert left.keys() <= right.keys()
    for key, row in left.items():
        assert abs(row["size_bytes"] - right[key]["size_bytes"]) < 1 << 20
        assert row["type"] == right[key]["type"]
    assert differences("filesystems", theirs, ours, ("mount_point",)).keys() <= OTHERWISE["filesystems"].keys()


def test_facter_and_ssh_keygen_tell_the_same_keys() -> None:
    files = sorted(Path("/etc/ssh").glob("ssh_host_*_key.pub"))
    lines = [f"{path}\t{output('ssh-keygen', '-lf', str(path)).decode()}" for path in files]
    ours = parser("ssh_keygen").rows("".join(lines)).get("ssh_keys", [])
    theirs = told_by_tool(FACTER).classes.get("ssh_keys", ())
    assert {(row["fingerprint"], row["type"]) for row in theirs} == {(row["fingerprint"], row["type"]) for row in ours}
