"""`package`: imported, shown, changed, removed; what of it lies in the library, and what is found to be wrong there."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from itmsctl.packages.manifest import PIECE, parse
from tests.conftest import Run
from tests.packages import installers


@pytest.fixture
def tool(tmp_path: Path) -> Path:
    """A folder with a script and something it reads."""
    root = tmp_path / "tool-1.2"
    (root / "lib").mkdir(parents=True)
    (root / "install.sh").write_text("#!/bin/sh\necho installed\n")
    (root / "install.sh").chmod(0o755)
    (root / "lib" / "data ü.txt").write_text("data")
    return root


def library(db: str, environment: dict[str, str]) -> Path:
    """Return where the library of a CMDB is."""
    return Path(environment["XDG_DATA_HOME"], "itmsctl/library") if "://" in db else Path(db).parent / "library"


def kept(root: Path) -> set[str]:
    return {path.name for path in root.glob("objects/*/*")} | {path.stem for path in root.glob("manifests/*.json")}


def test_a_folder_comes_in_and_what_it_is_can_be_read(
    ok: Run, db: str, environment: dict[str, str], tool: Path
) -> None:
    made = ok("package", "import", str(tool), "-o", "json").json
    assert (made["action"], made["name"], made["version"], made["format"]) == ("created", "tool", "1.2", "folder")
    root = library(db, environment)
    written = (root / "manifests" / f"{made['manifest']}.json").read_bytes()
    manifest = parse(written)
    assert hashlib.sha256(written).hexdigest() == made["manifest"]
    assert [(one.path, one.size, one.mode) for one in manifest.files] == [
        ("install.sh", 25, 0o755),
        ("lib/data ü.txt", 4, 0o644),
    ]
    for file in manifest.files:
        path = root / "objects" / file.sha256[:2] / file.sha256
        assert path.read_bytes() == (tool / file.path).read_bytes()
        assert path.stat().st_mode & 0o777 == 0o600
    assert root.stat().st_mode & 0o777 == 0o700
    shown = ok("package", "show", "tool", "-o", "json").json
    assert [file["path"] for file in shown["files"]] == ["install.sh", "lib/data ü.txt"]


def test_the_same_again_changes_nothing_and_another_content_is_the_next(ok: Run, tool: Path) -> None:
    first = ok("package", "import", str(tool), "-o", "json").json
    again = ok("package", "import", str(tool), "-o", "json").json
    assert (again["action"], again["manifest"]) == ("unchanged", first["manifest"])
    (tool / "lib" / "data ü.txt").write_text("other")
    other = ok("package", "import", str(tool), "--version", "1.3", "-o", "json").json
    assert (other["action"], other["content_revision"], other["version"]) == ("updated", 2, "1.3")
    rows = ok("package", "revisions", "tool", "-o", "json").json
    assert [(row["number"], row["version"]) for row in rows] == [(2, "1.3"), (1, "1.2")]


def test_a_dry_run_reads_all_and_keeps_nothing(ok: Run, db: str, environment: dict[str, str], tool: Path) -> None:
    dry = ok("package", "import", str(tool), "--dry-run", "-o", "json").json
    assert not kept(library(db, environment))
    assert ok("package", "list", "-o", "json").json == []
    assert ok("package", "import", str(tool), "-o", "json").json["manifest"] == dry["manifest"]


def test_a_file_of_several_pieces_names_each(ok: Run, db: str, environment: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    data = b"a" * PIECE + b"b" * PIECE + b"c"
    path.write_bytes(data)
    made = ok("package", "import", str(path), "--name", "big", "-o", "json").json
    (file,) = parse((library(db, environment) / "manifests" / f"{made['manifest']}.json").read_bytes()).files
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    expected = [hashlib.sha256(data[at : at + PIECE]).hexdigest() for at in range(0, len(data), PIECE)]
    assert list(file.pieces) == expected


def test_what_nothing_needs_goes_and_what_another_package_needs_stays(
    ok: Run, db: str, environment: dict[str, str], tool: Path, tmp_path: Path
) -> None:
    ok("package", "import", str(tool))
    ok("package", "import", str(tool), "--name", "twin")
    root = library(db, environment)
    before = kept(root)
    ok("package", "remove", "twin", "--yes")
    after = kept(root)
    assert len(before - after) == 1  # its manifest alone
    ok("package", "verify", "tool", "--here")
    (tool / "lib" / "data ü.txt").write_text("other")
    ok("package", "import", str(tool))
    ok("package", "revisions", "tool", "--remove", "1")
    assert hashlib.sha256(b"data").hexdigest() not in kept(root)
    (root / "objects" / ".new-left").write_text("half")
    assert "3 files" in ok("package", "remove", "tool", "--yes").err or not kept(root)
    ok("db", "maintain", "--only", "leftovers")
    assert not kept(root)
    assert not (root / "objects" / ".new-left").exists()


def test_a_copy_has_the_same_files_under_its_own_name(ok: Run, tool: Path) -> None:
    first = ok("package", "import", str(tool), "-o", "json").json
    ok("package", "program", "tool", "install", "--linux", "sh ./install.sh")
    ok("package", "clone", "tool", "twin")
    copy = ok("package", "show", "twin", "-o", "json").json
    assert copy["manifest"] != first["manifest"]
    assert (copy["state"], copy["content_revision"], copy["version"], len(copy["programs"])) == (
        "imported",
        1,
        "1.2",
        1,
    )
    assert [file["path"] for file in copy["files"]] == ["install.sh", "lib/data ü.txt"]
    ok("package", "remove", "tool", "--yes")
    ok("package", "verify", "twin", "--here")


def test_the_present_revision_is_not_given_up(run: Run, ok: Run, tool: Path) -> None:
    ok("package", "import", str(tool))
    assert run("package", "revisions", "tool", "--remove", "1").code == 6
    assert run("package", "revisions", "tool", "--remove", "9").code == 5


@pytest.mark.parametrize("harm", ["flip", "cut", "gone", "manifest"])
def test_damage_is_found_and_the_same_import_mends_it(
    run: Run, ok: Run, db: str, environment: dict[str, str], tool: Path, harm: str
) -> None:
    made = ok("package", "import", str(tool), "-o", "json").json
    digest = hashlib.sha256(b"data").hexdigest()
    root = library(db, environment)
    path = root / "objects" / digest[:2] / digest
    if harm == "manifest":
        path = root / "manifests" / f"{made['manifest']}.json"
    if harm == "gone":
        path.unlink()
    else:
        data = path.read_bytes()
        path.write_bytes(data[:-1] if harm == "cut" else data[:-1] + bytes([data[-1] ^ 1]))
    found = run("package", "verify", "tool", "--here")
    assert found.code == 14, found.err
    sick = run("doctor", "-o", "json")
    assert sick.out, sick.err
    named = [one for one in json.loads(sick.out) if one["id"] == "PACKAGE-FILES"]
    assert (named[0]["severity"] == "ok") == (harm == "flip")  # doctor compares sizes, and reads no bytes
    ok("package", "import", str(tool))
    ok("package", "verify", "tool", "--here")


def test_programs_are_said_one_by_one(run: Run, ok: Run, tool: Path) -> None:
    first = ok("package", "import", str(tool), "-o", "json").json
    ok("package", "program", "tool", "install", "--linux", "sh ./install.sh", "--code", "7=reboot", "--limit", "5m")
    ok("package", "program", "tool", "install", "--windows", "install.cmd", "--run-as", "root")
    rows = ok("package", "program", "tool", "-o", "json").json
    assert [(row["system"], row["command"], row["codes"], row["limit_s"]) for row in rows] == [
        ("linux", "sh ./install.sh", {"7": "reboot"}, 300.0),
        ("windows", "install.cmd", {"7": "reboot"}, 300.0),
    ]
    now = ok("package", "show", "tool", "-o", "json").json
    assert (now["content_revision"], now["state"]) == (3, "published")
    assert now["manifest"] != first["manifest"]
    ok("package", "program", "tool", "install", "--remove")
    assert ok("package", "show", "tool", "-o", "json").json["programs"] == []
    assert run("package", "program", "tool", "install").code == 5
    assert run("package", "program", "tool", "--proposed").code == 5


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (("--code", "x=reboot"), 3, "not an exit code"),
        (("--code", "1=perhaps"), 3, "success, reboot"),
        (("--code", "99999999999=reboot"), 3, "larger"),
        (("--limit", "30d"), 3, "at most 7d"),
        (("--reboot", "sometimes"), 3, "never"),
        (("--linux", "a\nb"), 3, "one line"),
        (("--linux", "x" * 5000), 3, "longer"),
        (("--linux", ""), 3, "no command line"),
        (("--remove", "--linux", "x"), 2, "alone"),
    ],
)
def test_a_program_that_cannot_be(
    run: Run, ok: Run, tool: Path, options: tuple[str, ...], code: int, said: str
) -> None:
    ok("package", "import", str(tool))
    found = run("package", "program", "tool", "install", *options)
    assert found.code == code, found.err
    assert said in found.err


def test_an_import_keeps_what_somebody_said_and_renews_what_it_proposed(ok: Run, tmp_path: Path) -> None:
    ok("package", "import", str(installers.apk(tmp_path)))
    ok("package", "program", "tiny", "uninstall", "--linux", "echo mine")
    (tmp_path / "tiny-2.0-r1.apk").rename(tmp_path / "other.apk")
    ok("package", "import", str(tmp_path / "other.apk"))
    found = {row["program"]: row["command"] for row in ok("package", "program", "tiny", "-o", "json").json}
    assert found == {"install": "apk add --allow-untrusted ./other.apk", "uninstall": "echo mine"}
    ok("package", "program", "tiny", "uninstall", "--proposed")
    assert ok("package", "program", "tiny", "uninstall", "-o", "json").json[0]["command"] == "apk del tiny"
    ok("package", "set", "tiny", "--detect", "file /opt/tiny")
    ok("package", "import", str(tmp_path / "other.apk"), "--version", "3")
    assert ok("package", "show", "tiny", "-o", "json").json["detect"] == "file /opt/tiny"


def test_a_package_that_a_document_declares_gets_its_content_later(ok: Run, tool: Path, tmp_path: Path) -> None:
    text = "kind: package\nname: tool\nspec:\n  detect: file /opt/tool\n  programs:\n  - {name: install, linux: sh ./install.sh, codes: {'7': reboot}, limit: 5m}\n"  # noqa: E501
    (tmp_path / "p.yaml").write_text(text)
    ok("apply", "-f", str(tmp_path / "p.yaml"), "--yes")
    assert ok("package", "show", "tool", "-o", "json").json["manifest"] is None
    ok("package", "import", str(tool))
    now = ok("package", "show", "tool", "-o", "json").json
    assert (now["detect"], now["programs"][0]["limit"], now["version"]) == ("file /opt/tool", 300.0, "1.2")
    assert ok("apply", "-f", str(tmp_path / "p.yaml"), "--yes", "-o", "json").code == 0
    assert ok("package", "show", "tool", "-o", "json").json["content_revision"] == now["content_revision"]


@pytest.mark.parametrize("what", ["link", "pipe", "empty", "capitals", "backslash", "nowhere"])
def test_what_cannot_be_a_package_is_refused(run: Run, tmp_path: Path, what: str) -> None:
    import os

    root = tmp_path / "bad"
    root.mkdir()
    if what == "link":
        (root / "x").symlink_to("/etc/passwd")
    elif what == "pipe":
        os.mkfifo(root / "x")
    elif what == "capitals":
        (root / "a").write_text("")
        (root / "A").write_text("")
    elif what == "backslash":
        (root / "a\\b").write_text("")
    found = run("package", "import", str(root if what != "nowhere" else root / "x"))
    assert found.code == (5 if what == "nowhere" else 3), found.err
    assert run("package", "list", "-o", "json").json == []


def test_a_rule_that_is_none_is_refused_at_its_place(run: Run, tool: Path) -> None:
    found = run("package", "import", str(tool), "--detect", "package tool >=")
    assert found.code == 3
    assert "EXPRESSION" in found.err
    assert "column 16" in found.err


def test_the_library_of_another_cmdb_is_left_alone(
    run: Run, ok: Run, db: str, environment: dict[str, str], tool: Path
) -> None:
    root = library(db, environment)
    root.mkdir(parents=True, mode=0o700)
    (root / "cmdb").write_text("00000000-0000-4000-8000-000000000000\n")
    found = run("package", "import", str(tool))
    assert found.code == 6
    assert "ITMSCTL_LIBRARY" in found.err
    ok("package", "import", str(tool), env={"ITMSCTL_LIBRARY": str(root.parent / "mine")})
    assert not kept(root)
