"""Support bundles: what is in them, and above all what is not (MAINT-7)."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from itmsctl.admin.bundle import ShownNames, stack_of, verb_of, without_home
from itmsctl.documents.archive import read_archive, write_archive
from tests.conftest import START, FrozenClock, Run

CANARY = "S3cr3t-canary/word+1"


def shapes(word: str) -> set[bytes]:
    """Return the forms that are looked for; written here anew."""
    data = word.encode()
    found = {
        data,
        data.hex().encode(),
        data.hex().upper().encode(),
        quote(word, safe="").encode(),
        quote(word).encode(),
    }
    for padding in range(3):
        text = base64.b64encode(b"x" * padding + data)
        found.add(text[4 if padding else 0 : len(text) - 4])
    return found


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "support.tar.gz"


def parts(path: Path) -> dict[str, object]:
    return {n: json.loads(data) for n, data in read_archive(path).items() if n.endswith(".json")}


def test_it_holds_what_somebody_who_helps_must_know(
    ok: Run, out: Path, local: Callable[..., None], task_run: Run, environment: dict[str, str]
) -> None:
    local("web1")
    ok("site", "add", "bergen")
    ok("subnet", "add", "10.0.0.0/8", "--site", "bergen")
    ok("computer", "add", "pc-1", "--address", "10.0.0.1")
    assert task_run("--command", "exit 3", "--site", "bergen").code == 8
    incidents = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "incidents"
    incidents.mkdir(parents=True)
    (incidents / "2026-ab.txt").write_text(
        f"incident ab\ncommand ['x', '{CANARY}']\nTraceback (most recent call last):\n"
        f'  File "/usr/lib/python3/site-packages/itmsctl/cmdb/store.py", line 9, in write\n    call("{CANARY}")\n'
        f"ValueError: {CANARY}\n"
    )
    listed = ok("support", "bundle", "--out", str(out), "--note", "it hangs", "-o", "json").json
    found = parts(out)
    wanted = {"audit", "database", "doctor", "incidents", "machine", "manifest"}
    wanted |= {"network", "program", "runs", "settings", "software", "topology"}
    assert set(found) == {f"{name}.json" for name in wanted}
    assert {row["name"] for row in listed} == {*found, "note.txt"} - {"manifest.json"} | {"manifest.json"}
    assert found["topology.json"]["sites"] == [{"site": "site-1", "computers": 1, "subnets": 1}]
    assert found["runs.json"]["states"] == {"ended": 1}
    assert found["runs.json"]["last"][0]["failed"] == 1
    assert found["incidents.json"] == [{"name": "2026-ab", "stack": ["itmsctl/cmdb/store.py:9 write", "ValueError"]}]
    assert found["audit.json"][-1]["command"] == "computer add"
    assert found["machine.json"]["processor"]["count"] > 0
    assert found["program.json"]["packages"]["sqlalchemy"]
    assert found["database.json"]["state"] == "ready"
    whole = b"".join(read_archive(out).values())
    for name in (b"bergen", b"web1", b"pc-1", b"10.0.0.1", b"exit 3"):
        assert name not in whole, name
    assert out.stat().st_mode & 0o777 == 0o600
    first = out.read_bytes()
    ok("support", "bundle", "--out", str(out), "--force", "--note", "it hangs", "-o", "json")
    again = parts(out)
    moving = ("machine.json", "network.json", "manifest.json")
    assert {n: v for n, v in again.items() if n not in moving} == {n: v for n, v in found.items() if n not in moving}
    assert len(first) > 1000


def test_names_go_in_only_where_they_are_asked_for(ok: Run, out: Path) -> None:
    ok("site", "add", "rome")
    ok("support", "bundle", "--out", str(out), "--include-names")
    found = parts(out)
    assert found["topology.json"]["sites"][0]["site"] == "rome"
    assert "@" in found["audit.json"][0]["actor"]
    assert found["manifest.json"]["names"] is True
    assert all(row["what"] for row in found["doctor.json"])


def test_no_secret_goes_in(
    ok: Run, run: Run, bare_run: Run, db: str, out: Path, tmp_path: Path, local: Callable[..., None], task_run: Run
) -> None:
    words = {
        n: f"{CANARY}-{n}" for n in ("body", "printed", "param", "passphrase", "secret", "reason", "desc", "env", "arg")
    }
    files = {}
    for name in ("passphrase", "secret"):
        files[name] = tmp_path / name
        files[name].write_text(words[name] + "\n")
        files[name].chmod(0o600)
    opened = ("--passphrase-file", str(files["passphrase"]))
    local("web1")
    ok("vault", "init", *opened)
    ok("credential", "add", "login", "--kind", "password", "--secret-file", str(files["secret"]), *opened)
    ok("profile", "add", "std", "--description", words["desc"])
    ok("task", "add", "kept", "--command", f"echo {words['body']}", "--description", words["desc"])
    ok("site", "add", "rome", "--description", words["desc"], "--reason", words["reason"])
    assert (
        task_run("--command", f"echo {words['printed']} $ITMS_W", "--all", "--param", f"w={words['param']}").code == 0
    )
    run(
        "task",
        "run",
        "--param",
        words["arg"],
        "--command",
        words["arg"],
        "--transport",
        "local",
        "--target",
        words["arg"],
    )
    more = {"ITMSCTL_PASSPHRASE_FILE": str(files["passphrase"]), "MY_TOKEN": words["env"], "PGPASSWORD": words["env"]}
    for names in ((), ("--include-names",)):
        made = bare_run("--db", db, "support", "bundle", "--out", str(out), "--force", *names, env=more)
        assert made.code == 0, made.err
        whole = b"\n".join(read_archive(out).values()) + out.read_bytes() + (made.out + made.err).encode()
        for word in words.values():
            assert not [shape for shape in shapes(word) if shape in whole], word
    # What is looked for is found where it is.
    write_archive(tmp_path / "planted", {"a": base64.b64encode(b"=" + CANARY.encode() + b"\n")}, START)
    assert [shape for shape in shapes(CANARY) if shape in read_archive(tmp_path / "planted")["a"]]


def test_a_secret_in_the_note_is_refused(bare_run: Run, sqlite_db: str, out: Path) -> None:
    env = {"MY_TOKEN": CANARY}
    for note in (CANARY, CANARY.encode().hex(), f"see {base64.b64encode(CANARY.encode()).decode()}"):
        refused = bare_run("--db", sqlite_db, "support", "bundle", "--out", str(out), "--note", note, env=env)
        assert (refused.code, out.exists(), CANARY in refused.err) == (14, False, False)


def test_a_database_that_cannot_be_read_does_not_stop_it(bare_run: Run, sqlite_db: str, out: Path) -> None:
    bare_run("--db", sqlite_db, "site", "add", "rome")
    Path(sqlite_db).write_bytes(b"gone\n" * 2000)
    made = bare_run("--db", sqlite_db, "support", "bundle", "--out", str(out))
    assert (made.code, "DB-CORRUPT" in made.err) == (7, True)
    found = parts(out)
    assert found["database.json"]["state"] == "DB-CORRUPT"
    assert found["manifest.json"]["missing"] == {"audit.json": "DB-CORRUPT"}


def test_none_is_made_for_it(bare_run: Run, environment: dict[str, str], out: Path) -> None:
    assert bare_run("support", "bundle", "--out", str(out)).code == 0
    assert not Path(environment["XDG_DATA_HOME"]).exists()
    assert "audit.json" not in parts(out)


def test_show_lists_compares_and_shows_one(ok: Run, run: Run, out: Path, tmp_path: Path) -> None:
    ok("support", "bundle", "--out", str(out))
    rows = ok("support", "show", str(out), "-o", "json").json
    assert {"manifest.json", "machine.json"} <= {row["name"] for row in rows}
    assert json.loads(ok("support", "show", str(out), "database.json").out)["state"] == "ready"
    assert run("support", "show", str(out), "secrets.json").code == 5
    assert run("support", "show", str(tmp_path / "none")).code == 5
    files = read_archive(out)
    for change, code in (
        ({"machine.json": b"{}"}, 14),
        ({"more.json": b"{}"}, 14),
        ({"manifest.json": b"[]"}, 3),
        ({"manifest.json": b"[" * 100_000}, 3),
        ({"manifest.json": b'{"format": 1, "files": [{"name": []}]}'}, 3),
    ):
        write_archive(tmp_path / "bad", files | change, START, force=True)
        assert run("support", "show", str(tmp_path / "bad")).code == code, change
    with tarfile.open(tmp_path / "evil", "w:gz") as evil:
        evil.addfile(tarfile.TarInfo("../manifest.json"))
    refused = run("support", "show", str(tmp_path / "evil"))
    assert (refused.code, "ARCHIVE-UNSAFE" in refused.err) == (3, True)


@pytest.mark.parametrize(
    ("command", "verb"),
    [
        ("itmsctl task run --command 'echo x'", "task run"),
        ("itmsctl --db postgresql://u:pw@h/d site add rome", "site add"),
        ("itmsctl apply secrets", "apply"),
        ("itmsctl doctor", "doctor"),
        ("itmsctl task S3cr3t", "task"),
        ("itmsctl hello", ""),
        ("", ""),
    ],
)
def test_of_a_command_only_its_verb_is_told(command: str, verb: str) -> None:
    verbs = {"task": {"run"}, "site": {"add"}, "apply": set(), "doctor": set()}
    assert verb_of(command, verbs, verbs.__getitem__) == verb


def test_names_and_stacks() -> None:
    names = ShownNames(real=False)
    given = [
        names("site", "rome"),
        names("site", "oslo"),
        names("site", "rome"),
        names("server", "rome"),
        names("s", None),
    ]
    assert given == ["site-1", "site-2", "site-1", "server-1", None]
    assert ShownNames(real=True)("site", "rome") == "rome"
    assert stack_of("ValueError: x\nError\n  File \"/home/me/x.py\", line 1, in f\n    secret = 'x'\nnoise: x") == [
        "ValueError", "Error", "/home/me/x.py:1 f"
    ]  # fmt: skip
    assert without_home("/home/me/x and /home/me", ["/home/me", "", "/"]) == "~/x and ~"


def test_the_time_is_that_of_the_clock(ok: Run, out: Path, clock: FrozenClock) -> None:
    clock.forward(days=1)
    ok("support", "bundle", "--out", str(out))
    assert parts(out)["manifest.json"]["made_at"] == "2026-01-06T09:00:00.000000Z"
