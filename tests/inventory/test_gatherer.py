"""The program that computers are given, run for real on this machine and on trees of files."""

from __future__ import annotations

import json
import os
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from itmsctl.inventory.delta import report
from itmsctl.inventory.endpoint import probe as probing
from itmsctl.inventory.endpoint.brief import at_length, same_digest
from itmsctl.inventory.parsers import accounts, dpkg
from itmsctl.inventory.service.bundle import python_edition
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.kept_program import kept
from tests.inventory.gatherer import USUAL, Answer, asked, fed, held_of, packed, request

STATUS = """\
Package: {name}
Status: install ok installed
Installed-Size: 12
Maintainer: A Person <a@example.org>
Architecture: amd64
Version: {version}
Description: what it is
 and more

"""


@pytest.fixture(scope="module")
def machine() -> Answer:
    return fed(request())


def told(*words: str) -> str:
    return subprocess.run(words, capture_output=True, text=True, check=True, env=os.environ | {"LC_ALL": "C"}).stdout


def test_a_computer_tells_of_most_classes(machine: Answer) -> None:
    assert machine.head["itms-inventory"] == 1
    assert machine.head["token"] == "a token"
    assert machine.head["system"] == "linux"
    assert set(machine.classes) == set(USUAL)
    filled = {name for name, one in machine.classes.items() if one["rows"]}
    assert len(filled) >= 25, sorted(filled)
    for name, one in machine.classes.items():
        assert one["rows"] or one.get("why") or one["state"] == "whole", name
        assert "Error" not in one.get("why", ""), one["why"]


def test_software_is_what_dpkg_query_tells(machine: Answer) -> None:
    wanted = {
        (row["name"], row["architecture"]): {name: row.get(name) for name in COMPARED}
        for row in dpkg.software(told("dpkg-query", "-W", "-f", dpkg.FORMAT.replace("\\\\", "\\")))
    }
    found = {
        (row["name"], row["architecture"]): {name: row.get(name) for name in COMPARED}
        for row in machine.rows("software")
        if row["source"] == "dpkg"
    }
    assert len(wanted) > 100
    assert found == wanted


COMPARED = ("version", "status", "size_bytes", "section", "publisher", "url", "summary")


def test_addresses_and_routes_are_what_ip_tells(machine: Answer) -> None:
    links = json.loads(told("ip", "-j", "addr"))
    wanted = {
        (link["ifname"], one["local"], one["prefixlen"], one["scope"], one.get("broadcast"))
        for link in links
        for one in link["addr_info"]
    }
    assert {
        (row["interface"], row["address"], row["prefix_length"], row["scope"], row.get("broadcast"))
        for row in machine.rows("interface_addresses")
    } == wanted
    states = {row["name"]: (row.get("mtu"), row.get("mac_address")) for row in machine.rows("network_interfaces")}
    none = "00:00:00:00:00:00"
    plain = {
        link["ifname"]: (link["mtu"], link["address"] if link["address"] != none else None)
        for link in links
        if link["link_type"] in {"ether", "loopback"}
    }
    assert {name: states[name] for name in plain} == plain
    routes = {
        (one["dst"], one.get("gateway"), one.get("dev"), one.get("metric"))
        for family in ("-4", "-6")
        for one in json.loads(told("ip", "-j", family, "route"))
    }
    whole = {"0.0.0.0/0": "default", "::/0": "default"}
    assert {
        (
            whole.get(row["destination"], bare(row["destination"])),
            row.get("gateway"),
            row["interface"],
            row.get("metric"),
        )
        for row in machine.rows("routes")
    } == routes


def bare(prefix: str) -> str:
    """Return a prefix as `ip` writes it: of one address without its length."""
    return prefix.removesuffix("/32") if "." in prefix else prefix.removesuffix("/128")


def test_neighbours_are_what_ip_tells(machine: Answer) -> None:
    wanted = {
        (one["dst"], one["dev"], one["lladdr"]) for one in json.loads(told("ip", "-j", "neigh")) if "lladdr" in one
    }
    found = {(row["address"], row["interface"], row["mac_address"]) for row in machine.rows("arp_neighbours")}
    assert found == {one for one in wanted if one[2] != "00:00:00:00:00:00"}


def test_disks_and_partitions_are_what_lsblk_tells(machine: Answer) -> None:
    found = json.loads(told("lsblk", "-J", "-b", "-o", "NAME,TYPE,SIZE,RM"))["blockdevices"]
    disks = {one["name"]: int(one["size"]) for one in found if one["type"] == "disk" and int(one["size"])}
    disks = {name: size for name, size in disks.items() if not name.startswith(("zram", "ram", "nbd"))}
    partitions = {
        below["name"]: int(below["size"])
        for one in found
        for below in one.get("children", ())
        if below["type"] == "part"
    }
    assert {row["name"]: row["size_bytes"] for row in machine.rows("disks") if row.get("type") != "optical"} == disks
    assert {row["name"]: row["size_bytes"] for row in machine.rows("partitions")} == partitions


def test_accounts_are_what_getent_tells(machine: Answer) -> None:
    names = ("name", "uid", "gid", "full_name", "home", "shell")
    wanted = {tuple(row.get(name) for name in names) for row in accounts.local_users(told("getent", "passwd"))}
    assert {tuple(row.get(name) for name in names) for row in machine.rows("local_users")} == wanted
    groups = {
        (row["name"], row["gid"], *sorted(row.get("members", ())))
        for row in accounts.local_groups(told("getent", "group"))
    }
    assert {(row["name"], row["gid"], *row.get("members", ())) for row in machine.rows("local_groups")} == groups


def test_processors_are_what_lscpu_tells(machine: Answer) -> None:
    said = {one["field"].rstrip(":"): one["data"] for one in json.loads(told("lscpu", "-J"))["lscpu"]}
    rows = machine.rows("processors")
    assert {row["model"] for row in rows} == {said["Model name"]}
    assert sum(row["threads"] for row in rows) == int(said["CPU(s)"])
    [hardware] = machine.rows("hardware")
    assert hardware["threads"] == int(said["CPU(s)"])
    assert hardware["architecture"] == said["Architecture"]


def test_an_unchanged_computer_sends_next_to_nothing(machine: Answer) -> None:
    again = fed(request(held_of(machine), brief=True))
    assert set(again.classes) == set(USUAL)
    assert again.states <= {"same", "unread", "delta"}
    moved = {name for name, one in again.classes.items() if one["state"] == "delta"}
    assert moved <= {"arp_neighbours", "listening_ports"}, "what the machine itself changed meanwhile"
    assert again.size - sum(len(json.dumps(again.classes[name])) for name in moved) < 2048


def test_a_short_answer_proves_what_it_does_not_tell(root: Path) -> None:
    held = held_of(asked(request(["software", "local_groups", "swap"]), root))
    forged = {**held, "swap": {**held["swap"], "digest": "0" * 32}}
    assert asked(request(held, brief=True), root).states == {"same"}
    found = asked(request(forged, brief=True), root)
    assert {name: one["state"] for name, one in found.classes.items()} == {
        "software": "same", "local_groups": "same", "swap": "delta",
    }  # fmt: skip
    digests = {name: one["digest"] for name, one in held.items()}
    line = {"others": "same", "digest": same_digest(digests)}
    assert len(at_length(line, digests, ())) == 3
    assert at_length(line, digests, ["swap"]) == [], "one that was told is none of the others"
    assert at_length({**line, "digest": "0" * 32}, digests, ()) == []
    assert at_length({"unread": {"why": ["a", 1], "x": "y"}}, {}, ()) == [
        {"class": "a", "state": "unread", "why": "why"}
    ]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    home, place = tmp_path / "home", tmp_path / "tmp"
    home.mkdir()
    place.mkdir()
    fed(request(), cwd=place, env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(place)})
    assert set(tmp_path.rglob("*")) == {home, place}


def test_the_program_is_fed_as_it_is_told(machine: Answer) -> None:
    one, other = python_edition(request()), python_edition(request(["swap"], whole=True))
    assert one.split(b"\n")[:-2] == other.split(b"\n")[:-2], "only the last line is another for each computer"
    assert len(other.split(b"\n")[-2]) < 2000
    assert fed(request(["swap"])).classes.keys() == {"swap"}


def test_a_python_without_its_library_is_none(tmp_path: Path) -> None:
    """python3-minimal of Debian has no `json`: then the shell edition is for that computer."""
    (tmp_path / "json.py").write_text("raise ImportError('No module named json')")
    done = subprocess.run(
        ["/usr/bin/python3", "-"], input=python_edition(request()), capture_output=True,
        env={"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (97, b"")
    assert b"not whole: No module named json" in done.stderr


def test_the_program_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[bytes] = []

    def make() -> bytes:
        made.append(b"program %d" % len(made))
        return made[-1]

    assert [kept(make, tmp_path / "kept") for _ in range(3)] == [b"program 0"] * 3
    [file] = (tmp_path / "kept").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"9")
    assert kept(make, tmp_path / "kept") == b"program 1", "what was changed is not taken"
    monkeypatch.setattr("itmsctl.inventory.service.kept_program._PARTS", ("errors.py",))
    assert kept(make, tmp_path / "kept") == b"program 2", "made of other modules"
    assert kept(make, Path("/proc/no/such/folder")) == b"program 3"


def test_the_program_is_kept_for_the_user_where_the_package_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    makes = iter(b"program %d" % n for n in range(9))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("itmsctl.inventory.service.kept_program._BESIDE", Path("/proc/none"))
    assert [kept(lambda: next(makes)) for _ in range(3)] == [b"program 0"] * 3
    [file] = (tmp_path / "itmsctl").iterdir()
    file.chmod(0o666)
    assert kept(lambda: next(makes)) == b"program 1", "others could have written what would run everywhere"
    assert kept(lambda: next(makes)) == b"program 1", "it was written anew, as ours"
    monkeypatch.setattr("sys.dont_write_bytecode", True)
    monkeypatch.setattr("itmsctl.inventory.service.kept_program._BESIDE", tmp_path / "beside")
    assert kept(lambda: next(makes)) == b"program 1"
    assert not (tmp_path / "beside").exists()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for path, text in {
        "var/lib/dpkg/status": "".join(STATUS.format(name=f"package-{n}", version="1.0") for n in range(50)),
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\n",
        "etc/group": "root:x:0:\nsudo:x:27:jane\n",
        "proc/swaps": "Filename\tType\tSize\tUsed\tPriority\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


def test_a_delta_carries_just_the_rows_that_differ(root: Path) -> None:
    classes = ["software", "local_users", "swap"]
    first = asked(request(classes), root)
    assert len(first.rows("software")) == 50
    held = held_of(first)
    same = asked(request(held), root)
    assert same.states == {"same"}
    status = root / "var/lib/dpkg/status"
    text = status.read_text().replace(STATUS.format(name="package-7", version="1.0"), "")
    text = text.replace("Package: package-9\nStatus: install ok", "Package: package-9\nStatus: hold ok")
    status.write_text(text + STATUS.format(name="new", version="2:1.1-1~x"))
    after = asked(request(held), root)
    one = after.classes["software"]
    assert (one["state"], one["base"]) == ("delta", held["software"]["digest"])
    assert [row["name"] for row in one["added"]] == ["new"]
    assert [(row["name"], row["status"]) for row in one["changed"]] == [("package-9", "hold")]
    gone = next(row for row in first.rows("software") if row["name"] == "package-7")
    assert one["removed"] == [number_of(gone)]
    assert one["digest"] == packed(asked(request(["software"]), root), "software")["digest"]
    assert {after.classes[name]["state"] for name in ("local_users", "swap")} == {"same"}


def number_of(row: Any) -> int:
    [key] = report(data_class("software"), [row]).rows
    return int.from_bytes(key, "big", signed=True)


def test_a_class_that_is_asked_whole_comes_whole(root: Path) -> None:
    held = held_of(asked(request(["software"]), root))
    assert asked(request(held, whole=True), root).classes["software"]["state"] == "whole"
    assert (
        asked(request({"software": {"digest": "0" * 32, "rows": None}}), root).classes["software"]["state"] == "whole"
    )
    broken = {"software": {"digest": "0" * 32, "rows": "not base64!"}}
    assert asked(request(broken), root).classes["software"]["state"] == "whole"


def test_many_rows_come_in_parts(root: Path) -> None:
    (root / "etc/group").write_text("".join(f"group-{n}:x:{n}:\n" for n in range(4500)))
    one = asked(request(["local_groups"]), root)
    assert one.classes["local_groups"]["parts"] == 3
    assert len(one.rows("local_groups")) == 4500


@pytest.mark.parametrize(
    "text",
    [
        "\0\xff" * 5000,
        "\x1b]0;owned\x07\x1b[2J" * 100,
        "x" * 3_000_000,
        "Package: \n\nStatus:\n" * 1000,
        "Package: a" + "b" * 100_000,
    ],
    ids=["binary", "escapes", "long", "empty", "name"],
)
def test_a_hostile_file_hurts_its_own_class_only(root: Path, text: str) -> None:
    (root / "var/lib/dpkg/status").write_bytes(
        text.encode("latin-1") + STATUS.format(name="good", version="1").encode()
    )
    (root / "etc/passwd").unlink()
    os.mkfifo(root / "etc/passwd")
    found = asked(request(["software", "local_users", "local_groups", "swap"]), root)
    assert found.classes["local_users"] == {
        "class": "local_users", "state": "unread", "why": "not a file: /etc/passwd", "rows": [], "parts": 1,
    }  # fmt: skip
    assert len(found.rows("local_groups")) == 2
    assert found.rows("swap") == []


TOOLS = {
    "huge": "#!/bin/sh\nexec yes /dev/sda",
    "hang": "#!/bin/sh\nsleep 1000",
    "child": "#!/bin/sh\nsleep 1000 & exit 0",
    "fails": "#!/bin/sh\nexit 5",
    "binary": "#!/bin/sh\nhead -c 300000 /dev/urandom",
    "escapes": "#!/bin/sh\nprintf '\\033]0;owned\\007 lvm2 a-- 1 1 x\\n'",
}


@pytest.mark.parametrize("kind", TOOLS)
def test_a_hostile_tool_hurts_its_own_class_only(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "pvs"
    tool.write_text(TOOLS[kind])
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(probing, "FOLDERS", (str(tmp_path),))
    monkeypatch.setattr("itmsctl.inventory.endpoint.tools.MOST_OUTPUT", 1 << 20)
    found = asked(request(["physical_volumes", "local_users"], source_limit_s=2), Path("/"))
    one = found.classes["physical_volumes"]
    reasons = {"huge": "more than 1 MiB", "hang": "time limit", "child": "time limit", "fails": "exit 5"}
    if kind in reasons:
        assert one["state"] == "unread"
        assert reasons[kind] in one["why"]
    else:
        assert (one["state"], one["rows"]) == ("whole", [])
    assert found.rows("local_users")
    running = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert "yes /dev/sda" not in running


def test_a_tool_of_a_user_is_not_run(tmp_path: Path) -> None:
    for name in ("pvs", "nft", "dmidecode"):
        tool = tmp_path / name
        tool.write_text(f"#!/bin/sh\ntouch {tmp_path}/was-run\n")
        tool.chmod(0o755)
    fed(request(["physical_volumes", "firewall", "slots"]), env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
    assert not (tmp_path / "was-run").exists()


def test_a_bug_of_a_reader_costs_its_classes_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def bad(_: Any) -> Any:
        raise ZeroDivisionError("no reader is perfect")

    monkeypatch.setattr("itmsctl.inventory.endpoint.looks.people.local_users", bad)
    found = asked(request(["local_users", "local_groups", "recency"]), root)
    assert found.classes["local_users"]["why"] == "ZeroDivisionError: no reader is perfect"
    assert found.rows("local_groups")
    assert {row["class"]: row["state"] for row in found.rows("recency")} == {
        "local_users": "failed",
        "local_groups": "complete",
    }


def test_files_are_scanned_by_rules(root: Path) -> None:
    (root / "data/sub").mkdir(parents=True)
    (root / "data/a.txt").write_text("abc")
    (root / "data/sub/b.TXT").write_text("abcd")
    (root / "data/sub/c.log").write_text("x")
    (root / "data/loop").symlink_to("..")
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/mountinfo").write_text("1 2 0:1 / /data/net rw - nfs server:/x rw\n")
    (root / "data/net").mkdir()
    (root / "data/net/far.txt").write_text("x")
    rules = {"folders": ["/data"], "patterns": ["*.txt", "*.TXT"], "hash": True}
    found = asked(request(["files", "file_totals"], files=rules), root)
    assert {row["path"]: row["size_bytes"] for row in found.rows("files")} == {"/data/a.txt": 3, "/data/sub/b.TXT": 4}
    assert len(found.rows("files")[0]["sha256"]) == 64
    assert [(row["extension"], row["files"], row["size_bytes"]) for row in found.rows("file_totals")] == [("txt", 2, 7)]
    with_remote = asked(request(["files"], files={**rules, "remote": True}), root)
    assert "/data/net/far.txt" in {row["path"] for row in with_remote.rows("files")}
    (root / "data/sub/tool").write_text("#!")
    (root / "data/sub/tool").chmod(0o755)
    assert [row["path"] for row in asked(request(["files"]), root).rows("files")] == ["/data/sub/tool"]
    for rules, paths in (
        ({"without": ["/data/sub"], "patterns": ["*"]}, ["/data/a.txt"]),
        ({"patterns": ["*", "!*.log", "!tool", "!/data/sub/b.TXT"]}, ["/data/a.txt"]),
        ({"patterns": ["!tool"]}, []),
        ({"patterns": ["!*.txt"]}, ["/data/sub/tool"]),
    ):
        rows = asked(request(["files"], files={"folders": ["/data"], **rules}), root).rows("files")
        assert [row["path"] for row in rows] == paths


def test_a_command_line_tells_no_password(root: Path) -> None:
    folder = root / "proc/77"
    folder.mkdir(parents=True)
    (folder / "status").write_text("Name:\tserver\nPPid:\t1\nUid:\t0\t0\t0\t0\nState:\tS (sleeping)\n")
    (folder / "cmdline").write_bytes(
        b"server\0--password\0hunter2\0--db=postgres://a:hunter2@h/d\0PGPASSWORD=hunter2\0"
    )
    [row] = asked(request(["processes"]), root).rows("processes")
    assert row["command"] == "server --password *** --db=postgres://a:***@h/d PGPASSWORD=***"
    (root / "etc/environment").write_text('API_TOKEN="hunter2"\nLANG=C\nURL=http://u:hunter2@h/\n')
    rows = asked(request(["environment"]), root).rows("environment")
    assert {one["name"]: one["value"] for one in rows} == {"API_TOKEN": "***", "LANG": "C", "URL": "http://u:***@h/"}


def test_a_class_that_nothing_feeds_says_why(root: Path) -> None:
    found = asked(request(["patches", "memory_modules", "network_shares"]), root)
    assert found.classes["patches"]["why"].startswith("packages of Linux")
    assert found.classes["memory_modules"]["why"] == "no such command: dmidecode"
    assert found.classes["network_shares"]["state"] == "whole", "nothing is shared where nothing says so"


def test_another_user_reads_what_it_may(tmp_path: Path) -> None:
    as_nobody = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    found = fed(request(), python="/usr/bin/python3", cwd=Path("/"), **as_nobody)
    filled = {name for name, one in found.classes.items() if one["rows"]}
    assert len(filled) >= 20, sorted(filled)
    assert found.rows("local_users")
