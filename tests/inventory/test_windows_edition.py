"""The Windows edition, not yet run on a real Windows: its grammar, its core run by Mono, its way over SSH.

The core is held against its twin in Python, value by value and capture by capture; what PowerShell itself reads is only
parsed here.
"""

from __future__ import annotations

import base64
import json
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tree_sitter
import tree_sitter_powershell

from examples.lab.ssh_endpoints import Lab
from itmsctl.inventory import parser
from itmsctl.inventory.captured import text_of
from itmsctl.inventory.definition import ClassColumn, DataClass
from itmsctl.inventory.delta import report
from itmsctl.inventory.endpoint.gathering import merged
from itmsctl.inventory.endpoint.program import written_down
from itmsctl.inventory.gathering.powershell import asked_text, definitions_text
from itmsctl.inventory.parsers.registry.keys import keys
from itmsctl.inventory.parsers.wmi.listing import instances
from itmsctl.inventory.service.bundle import windows_edition
from itmsctl.inventory.service.classes import data_class
from itmsctl.inventory.service.packaging import PackagePlan, package_of
from itmsctl.transports.powershell import windows_loaded, windows_loader
from itmsctl.values.kind import Type
from itmsctl.values.times import to_text
from tests.conftest import Run
from tests.inventory.captures import FOLDER
from tests.inventory.gatherer import read, request
from tests.inventory.windows import core, put_instances, ran

WINDOWS = ("identification", "hardware", "operating_system", "network_interfaces", "software", "patches", "antivirus")
EVERY_TYPE = DataClass(
    "kitchen", "", (
        ClassColumn("name", Type.TEXT, ""), ClassColumn("number", Type.INT, ""), ClassColumn("share", Type.REAL, ""),
        ClassColumn("is_on", Type.BOOL, ""), ClassColumn("at", Type.TIME, ""), ClassColumn("id", Type.GUID, ""),
        ClassColumn("address", Type.ADDRESS, ""), ClassColumn("net", Type.PREFIX, ""),
        ClassColumn("parts", Type.LIST, ""),
        ClassColumn("steps", Type.LIST, "", is_ordered=True), ClassColumn("said", Type.MAP, "", is_shared=True),
        ClassColumn("Zebra", Type.VERSION, "", is_shared=True),
        ClassColumn("load", Type.DURATION, "", is_volatile=True),
    ), ("name", "number"),
)  # fmt: skip
TEXTS = (
    "x", " two words\t", "", "\0", "quote\" back\\ tab\t line\n del\x7f esc\x1b", "Ze\u0301ro", "\u00e9\u00df\u20ac",
    "\U0001f600 a",
    "\uffff", "\ue000", "\ud800", "a\0b", "\u00a0nbsp\u00a0", "\x1cgs\x1c", "\u2400", "\u0130\u0131", "-", "x" * 70_000,
    "\u00e9" * 66_000, "\u212b", "\uac00\u11a8",
)  # fmt: skip
VALUES: dict[str, tuple[Any, ...]] = {
    "number": (0, 1, -7, 2**62, -(2**63) + 1, "12", " 12 ", "x", "+3", "1_0", 3.0),
    "share": (0.0, -0.0, 1.0, 0.1, 1e-5, 0.00012, 123.456, 1e15, 1234567890123456.0, 1.5e300, -2.5,
              "1e3", "x", 2.0**53),
    "is_on": (True, False, "yes", "NO", "1", "maybe"),
    "at": ("2026-01-31T23:59:59Z", "2026-01-31", "2026-13-01", "2026-01-31 10:11:12.5", "x", "0001-01-01"),
    "id": ("{740184D3-F507-47A9-B170-8BF2F81E099C}", "740184d3f50747a9b1708bf2f81e099c", "x"),
    "address": (
        "10.1.2.3", "::1", "2001:DB8::0:5", "fe80::1%12", "::ffff:10.1.2.3", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:7:0",
        "10.1.2.300",
        "010.1.2.3", "[::1]", "x", "1::2:0:0:3",
    ),
    "net": ("10.1.0.0/16", "0.0.0.0/0", "::/0", "fe80::/64", "10.1.2.3", "10.1.2.3/8", "2001:db8::1/128", "x"),
    "load": (0.5, 100, "3"),
}  # fmt: skip


def test_it_is_powershell_by_the_grammar_ascii_and_writes_no_file() -> None:
    program = windows_loaded("t0ken", windows_edition(request(WINDOWS) | {"token": "abc"}), names("t0ken"))
    package = package_of(PackagePlan("windows", classes=["software"]), "inventory.ps1")
    grammar = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    loader = base64.b64decode(windows_loader("t0ken")[-1]).decode("utf-16-le").encode()
    for text in (program, package, loader):
        assert text.isascii()
        assert not grammar.parse(text).root_node.has_error
    assert grammar.parse(program.replace(b"foreach (", b"foreach ((", 1)).root_node.has_error  # it can tell
    script = re.sub(rb"@'\n.*?\n'@", b"''", program, flags=re.DOTALL)
    assert not re.search(
        rb"Out-File|Set-Content|Add-Content|New-Item|WriteAllText|Invoke-Expression|Start-Process", script
    )
    assert sum(map(len, windows_loader("t" * 32))) < 8000  # cmd.exe takes 8191 characters


def names(token: str) -> dict[str, str]:
    return {"token": token, "pinned": "", "nice": "10"}


def units(value: str) -> str:
    return value.encode("utf-16-be", "surrogatepass").hex()


def cell(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "\t".join([name, "list", "", *map(units, value)])
    if isinstance(value, dict):
        return "\t".join([name, "map", "", *(units(part) for pair in value.items() for part in pair)])
    kind = {bool: "bool", int: "int", float: "real"}.get(type(value), "text")
    return f"{name}\t{kind}\t{units(value if isinstance(value, str) else repr(value))}"


def by_name(rows: list[Any]) -> dict[tuple[Any, Any], Any]:
    return {(row.get("name"), row.get("number")): row for row in rows}


def made_rows(seed: int) -> list[dict[str, Any]]:
    """Return rows with every value of each column, and any texts."""
    chance = random.Random(seed)
    rows: list[dict[str, Any]] = []
    for number in range(400):
        row: dict[str, Any] = {"name": f"{number} {chance.choice(TEXTS[:8])}", "number": number}
        for name, values in VALUES.items():
            if chance.random() < 0.4 and name != "number":
                row[name] = chance.choice(values)
        if chance.random() < 0.2:
            row["number"] = chance.choice(VALUES["number"])
        if chance.random() < 0.5:
            row["Zebra"] = chance.choice(TEXTS)
        for name in ("parts", "steps"):
            if chance.random() < 0.4:
                row[name] = chance.choices(TEXTS[:-5], k=chance.randint(0, 5))
        if chance.random() < 0.3:
            row["said"] = {chance.choice(TEXTS[:8]): chance.choice(TEXTS[:12]) for _ in range(3)}
        rows.append(row)
    return rows


def test_rows_have_the_form_and_the_digests_that_python_gives_them(tmp_path: Path) -> None:
    rows = made_rows(1)
    text = "\n\n".join("\n".join(cell(name, value) for name, value in row.items()) for row in rows)
    (tmp_path / "rows").write_text(text)
    (tmp_path / "definitions").write_text(definitions_text([written_down(EVERY_TYPE)]))
    ours = report(EVERY_TYPE, rows)

    def told(held: dict[str, Any] | None) -> dict[str, Any]:
        (tmp_path / "asked").write_text(asked_text({"kitchen": held}))
        done = ran("rows", *(str(tmp_path / name) for name in ("rows", "definitions", "asked")))
        return read(done, {"kitchen": held}).classes["kitchen"]

    whole = told(None)
    plain = json.loads(json.dumps(list(ours.rows.values()), default=to_text))
    assert by_name(whole["rows"]) == by_name(plain)
    assert whole["digest"] == ours.digest
    packed = base64.b64encode(ours.packed).decode()
    assert told({"digest": ours.digest, "rows": packed}) | {"rows": 0} == {
        "class": "kitchen", "state": "same", "digest": ours.digest, "rows": 0, "parts": 1,
    }  # fmt: skip
    before = report(EVERY_TYPE, [*rows[1:], {"name": "gone", "number": 5}, {**rows[7], "is_on": None, "share": 77.25}])
    delta = told({"digest": before.digest, "rows": base64.b64encode(before.packed).decode()})
    assert (delta["state"], delta["base"], delta["digest"]) == ("delta", before.digest, ours.digest)
    assert (len(delta["added"]), len(delta["removed"])) == (1, 1)


# Which source of the edition tells what a capture holds, and the classes that Python's parser makes of it too.
CIM = {
    "Win32_OperatingSystem": ("operating_system",), "Win32_Processor": ("processors",),
    "Win32_PhysicalMemory": ("memory_modules",),
    "Win32_DiskDrive": ("disks",), "Win32_LogicalDisk": ("filesystems",), "Win32_VideoController": ("graphics_cards",),
    "Win32_UserAccount": ("local_users",),
    "Win32_NetworkAdapterConfiguration": ("network_interfaces", "interface_addresses"),
    "Win32_NetworkAdapter": ("network_interfaces",), "Win32_ComputerSystem": ("hardware",),
}  # fmt: skip


def answered(folder: Path, classes: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    (folder / "definitions").write_text(definitions_text(written_down(data_class(name)) for name in classes))
    (folder / "asked").write_text(asked_text(dict.fromkeys(classes)))
    data = ran(
        "instances", str(folder), str(folder / "definitions"), str(folder / "asked"), "0", "t", "2026-01-01T00:00:00Z"
    )
    return read(data).classes


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the captures are not here")
def test_captures_of_real_computers_give_the_rows_that_the_parsers_give(tmp_path: Path) -> None:
    compared = 0
    for number, path in enumerate(sorted((FOLDER / "win32" / "wmi").glob("*.wmi"))):
        source = path.stem.rpartition("-")[2]
        classes, text = CIM.get(source, ()), text_of(path.read_bytes())
        parsed = {name: parser.parser("wmi").classes[name](text) for name in classes}
        if not any(parsed.values()):
            continue
        folder = tmp_path / str(number)
        folder.mkdir()
        put_instances(folder, f"cim root/cimv2 {source}", instances(text))
        found = answered(folder, classes)
        for name, rows in parsed.items():
            of = data_class(name)
            assert found[name]["digest"] == report(of, merged(rows, of.key)).digest, (path.name, name)
            compared += len(found[name]["rows"])
    assert compared > 100


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the captures are not here")
def test_exports_of_the_registry_give_the_programs_that_the_parser_gives(tmp_path: Path) -> None:
    parts = [text_of(path.read_bytes()) for path in sorted((FOLDER / "win32" / "registry").glob("*.reg"))]
    text = "\n".join(part for part in parts if "\\Uninstall\\" in part)
    told = [{"@key": path, "@name": path.rpartition("\\")[2], **values} for path, values in keys(text)]
    programs = [one for one in told if one["@key"].lower().rpartition("\\")[0].endswith("\\uninstall")]
    one_line = [{name: " ".join(value.split("\n")) for name, value in one.items()} for one in programs]
    put_instances(tmp_path, "registry programs", one_line)
    found = answered(tmp_path, ("software", "patches"))
    for name in ("software", "patches"):
        of = data_class(name)
        rows = parser.parser("registry").classes[name](text)
        assert rows or name == "patches"
        assert found[name]["digest"] == report(of, merged(rows, of.key)).digest
    assert "apps" not in found["software"].get("why", "")


STAND_IN = """#!{python}
import base64, re, subprocess, sys
loader = base64.b64decode(sys.argv[-1]).decode("utf-16-le")
token = re.search("#ITMS ([0-9a-f]+)", loader)[1]
text = sys.stdin.read()
assert text.rstrip().endswith("#ITMS " + token) and "$input" in loader
assert "$token = '" + token + "'" in text
texts = re.findall(r"= @'\\n(.*?)\\n'@", text, re.DOTALL)
definitions, asked = texts[0], texts[-1]
for name, said in (("definitions", definitions), ("asked", asked)):
    open("{folder}/" + name, "w").write(said)
begin = re.search(r"Begin\\('([^']*)'", text)[1]
whole = re.search(r"IsWhole = \\[bool\\] ([01])", text)[1]
print("noise of a profile\\nITMS1 " + token + " READY 0 - - {machine} - - -")
print("ITMS1 " + token + " BEGIN 0 - - {machine} - - powershell", flush=True)
print("ITMS1 " + token, file=sys.stderr, flush=True)
sys.exit(subprocess.call(
    ["mono", "{core}", "instances", "{folder}", "{folder}/definitions", "{folder}/asked", whole, begin, "{at}"]))
"""


# As the shell of Windows, it knows no `exec`.
CMD = """#!/bin/sh
case $SSH_ORIGINAL_COMMAND in
exec*) echo "'exec' is not recognized as an internal or external command" >&2; exit 1 ;;
esac
exec $SSH_ORIGINAL_COMMAND
"""


@pytest.fixture
def windows(tmp_path: Path) -> Iterator[Lab]:
    """A computer whose SSH server finds a `powershell.exe` that runs the real core, with what is in a folder."""
    tools = tmp_path / "tools"
    tools.mkdir()
    text = STAND_IN.format(
        python=sys.executable, folder=tmp_path, core=core(), machine="0" * 31 + "1", at="2026-01-01T00:00:00Z"
    )
    (tools / "powershell.exe").write_text(text)
    (tools / "powershell.exe").chmod(0o755)
    (tools / "cmd").write_text(CMD)
    (tools / "cmd").chmod(0o755)
    path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    options = [f"SetEnv SHLVL=5 PATH={path}", f"ForceCommand {tools}/cmd"]
    lab = Lab(1, tmp_path / "lab", engine="openssh", network=46, options=options)
    yield lab
    lab.stop()


@pytest.mark.parametrize(("family", "transport"), [("windows", "openssh"), ("", "ssh")])
def test_a_windows_computer_is_read_over_ssh_and_tells_what_has_changed(
    run: Run, ok: Run, windows: Lab, tmp_path: Path, family: str, transport: str
) -> None:
    system = {
        "DNSHostName": "WS1",
        "Domain": "corp.example",
        "PartOfDomain": "TRUE",
        "Manufacturer": "Dell",
        "Model": "X",
    }
    put_instances(tmp_path, "cim root/cimv2 Win32_ComputerSystem", [system])
    programs = [
        {"@key": "HKEY_LOCAL_MACHINE\\A\\" + name, "@name": name, "DisplayName": name} for name in ("Zip", "Word")
    ]
    put_instances(tmp_path, "registry programs", programs)
    where = ("--address", windows.hosts[0], "--port", str(windows.port), "--user", windows.user)
    ok("computer", "add", "ws1", *where, *(("--os-family", family) if family else ()))
    way = ("--all", "--transport", transport,
           "--key", str(windows.key_file), "--accept-new", "--class", "software", "--class", "identification",
           "--class", "certificates", "-o", "ndjson")  # fmt: skip

    def message() -> str:
        done = run("inventory", "run", *way)
        assert done.code == 0, done.out + done.err
        return str(done.lines[0]["message"])

    assert message() == "2 whole, 1 unread"
    shown = ok("computer", "show", "ws1", "--class", "software", "-o", "json").json
    assert sorted(row["name"] for row in shown["rows"]) == ["Word", "Zip"]
    assert (
        ok("computer", "show", "ws1", "--class", "identification", "-o", "json").json["rows"][0]["fqdn"]
        == "WS1.corp.example"
    )
    assert message() == "2 same, 1 unread"
    put_instances(tmp_path, "registry programs", [programs[0], {**programs[1], "DisplayName": "Excel"}])
    assert message() == "1 delta, 1 same, 1 unread"
    shown = ok("computer", "show", "ws1", "--class", "software", "-o", "json").json
    assert sorted(row["name"] for row in shown["rows"]) == ["Excel", "Zip"]
