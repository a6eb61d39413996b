"""Whoever contacts anybody passes the one gate: a copy of the database acts on nobody."""

from __future__ import annotations

import ast
import shutil
from pathlib import Path
from typing import Any

import pytest

from itmsctl.cli.root import load_group
from itmsctl.values.kind import house
from tests.conftest import Run
from tests.house import PACKAGE, sources
from tests.house.test_registries import leaves

# What opens connections, or makes what does. Whoever imports one of them stands below, with where it passes the gate.
CONTACTS = {"transport_class", "LocalTransport", "ssh_scan", "smtp", "await_port", "web_file"}
PASSED_AT = {
    "hierarchy/service/ssh_ways.py": "itself",
    "packages/service/contents.py": "package fetch",
    "security/service/credentials.py": "checks a name; nothing is opened",
    "security/service/scanning.py": "itself",
    "security/service/trying.py": "itself",
    "tasks/service/dispatch.py": "Drive",
    "tasks/service/executing.py": "Drive",
    "tasks/service/mailing.py": "Drive",
    "tasks/service/serving.py": "Drive",
}
# Verbs that contact others, beyond those which say how (--connect-timeout), each with what it takes.
ACTING = {
    "agent push": ("--all", "--key", "KEY"),
    "agent uninstall": ("--all", "--key", "KEY"),
    "agent upgrade": ("--all", "--key", "KEY"),
    "credential rotate": ("c", "--computer", "pc1", "--secret-stdin"),
    "credential test": ("c", "--computer", "pc1"),
    "doctor": ("--reach", "1"),
    "hierarchy add-child": ("rome", "--ssh", "itms@127.0.0.1", "--key", "KEY"),
    "hierarchy preflight": (),
    "host-key accept": ("pc1",),
    "host-key scan": ("pc1",),
    "inventory run": ("--all", "--key", "KEY"),
    "metering run": ("--all", "--key", "KEY"),
    "job run": ("j", "--all", "--key", "KEY"),
    "run reconcile": ("R-1",),
    "run resume": ("R-1",),
    "run retry": ("R-1",),
    "schedule tick": (),
    "replication now": ("task/t", "--to", "rome"),
    "replication run": (),
    "package distribute": ("p", "--key", "KEY"),
    "package fetch": (),
    "package push": ("p", "--all", "--key", "KEY"),
    "package verify": ("p", "--key", "KEY"),
    "server prepare": ("pc1", "--key", "KEY"),
    "task run": ("t", "--all", "--key", "KEY"),
}
# Takes --connect-timeout, but for a record: it contacts nobody.
KEEPS = {
    f"{noun} {verb}"
    for noun in ("profile", "policy", "inventory-policy", "metering-policy", "delivery")
    for verb in ("add", "set")
}
# Stop what runs: a copy has nothing that runs; what they contact goes by Drive.
STOPPING = {"run cancel", "run kill", "run stop-all"}


def verbs() -> dict[str, Any]:
    return {" ".join(path): command for name in house().groups() for path, command in leaves(load_group(name), (name,))}


def test_what_opens_connections_is_asked_for_where_the_gate_is_passed() -> None:
    found = set()
    for path in sources():
        place = path.relative_to(PACKAGE).as_posix()
        if place.startswith("transports/"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("itmsctl.transports"):
                names = {alias.name for alias in node.names} | {str(node.module).rpartition(".")[2]}
                found |= {place} if names & CONTACTS else set()
    assert found == set(PASSED_AT)
    for place, where in PASSED_AT.items():
        if where == "itself":
            assert ".acting()" in (PACKAGE / place).read_text(encoding="utf-8"), place
    driving = (PACKAGE / "tasks/service/driving.py").read_text(encoding="utf-8")
    assert "__post_init__" in driving
    assert ".acting()" in driving, "no Drive is made for a copy"


def test_every_verb_that_says_how_computers_are_reached_is_known_here() -> None:
    listed = verbs()
    reaching = {
        name
        for name, command in listed.items()
        if any({"--connect-timeout", "--reach"} & set(option.opts) for option in command.params)
    }
    assert reaching <= set(ACTING) | KEEPS | STOPPING
    assert set(ACTING) <= set(listed)


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a key that is never shown to anybody."""
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("verb", sorted(ACTING))
def test_a_copy_acts_on_nobody(bare_run: Run, sqlite_db: str, tmp_path: Path, key: Path, verb: str) -> None:
    secret, passphrase = tmp_path / "secret", tmp_path / "passphrase"
    for file, text in ((secret, "a password\n"), (passphrase, "a long enough passphrase\n")):
        file.write_text(text)
        file.chmod(0o600)
    opens, opened = ("--passphrase-file", str(passphrase)), {"ITMSCTL_PASSPHRASE_FILE": str(passphrase)}
    for argv in (
        ("computer", "add", "pc1", "--address", "127.0.0.1"),
        ("task", "add", "t", "--command", "true"),
        ("job", "add", "j", "--step", "t"),
        ("vault", "init", *opens),
        ("credential", "add", "c", "--kind", "password", "--user", "u", "--secret-file", str(secret), *opens),
        ("task", "run", "t", "--all", "--no-wait", "--transport", "local"),
        ("package", "import", str(secret), "--name", "p", "--version", "1", "--detect", "file /nowhere"),
        ("package", "set", "p", "--program", "install=true"),
        ("package", "publish", "p"),
        ("server", "add", "pc1", "--service", "package", "--folder", str(tmp_path / "srv")),
        ("package", "distribute", "p", "--transport", "local"),
    ):
        bare_run("--db", sqlite_db, *argv, env=opened)
    copy = tmp_path / "copy.sqlite"
    shutil.copy(sqlite_db, copy)
    argv = [*verb.split(), *(str(key) if word == "KEY" else word for word in ACTING[verb])]
    found = bare_run("--db", str(copy), *argv, env=opened)
    assert (found.code, "DB-COPY" in found.err) == (9, True), found.err
    assert f"itmsctl --db {copy} db adopt" in found.err
