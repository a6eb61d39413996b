"""Vault and credentials as a user meets them, on both databases."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from itmsctl.cmdb.store import Store
from itmsctl.errors import CredentialNotForDiscoveryError, UsageError, VaultPlaintextError, VaultRekeyedError
from itmsctl.security import service, vault
from itmsctl.security.credential import OpenedCredential, Scope, Secret, hold
from itmsctl.security.service import credential_shelf, private_files, sealing, vaults
from itmsctl.security.service.unlocking import Unlocking
from itmsctl.security.via import Via
from itmsctl.transports.endpoint import PrivateKey
from itmsctl.transports.ssh_keys import read_key
from tests.conftest import Run
from tests.servers.hostile_ssh import RogueServer
from tests.servers.ssh import Lab

Write = Callable[[str, str], str]
CANARY = "S3cr3t-canary-of-the-vault"


def add(ok: Run, name: str, *argv: str, secret: str = CANARY, kind: str = "password") -> None:
    ok("credential", "add", name, "--kind", kind, "--secret-stdin", *argv, stdin=secret + "\n")


def rows(store: Store, text: str, **values: object) -> list[tuple[object, ...]]:
    with store.engine.connect().execution_options(itms_write=True) as connection:
        result = connection.execute(sa.text(text), values)
        found = [tuple(row) for row in result] if result.returns_rows else []
        connection.commit()
    return found


# --- the vault --------------------------------------------------------------------------------------------------------


def test_a_vault_from_making_to_rekeying(run: Run, ok: Run, private: Write) -> None:
    assert ok("vault", "status", "-o", "json").json["state"] == "absent"
    first, second = private("one", "correct horse battery\n"), private("two", "another passphrase")
    assert run("vault", "lock").code == 5
    assert run("vault", "init", "--passphrase-file", first, "--dry-run").code == 0
    assert ok("vault", "init", "--passphrase-file", first).err == "vault: created\n"
    again = run("vault", "init", "--passphrase-file", first)
    assert (again.code, "[VAULT-EXISTS]" in again.err) == (6, True)
    add(ok, "one", "--passphrase-file", first)
    before = ok("vault", "status", "-o", "json").json
    assert (before["state"], before["secrets"]) == ("open", 1)
    assert before["kdf"] == "argon2id m=65536 KiB t=3 p=4"

    assert ok("vault", "rekey", "--passphrase-file", first, "--new-passphrase-file", second).err == "vault: rekeyed\n"
    assert ok("vault", "status", "-o", "json").json["key_id"] == before["key_id"]
    wrong = run("credential", "rotate", "one", "--secret-stdin", "--passphrase-file", first, stdin="x-x-x-x\n")
    assert (wrong.code, "[WRONG-PASSPHRASE]" in wrong.err) == (13, True)
    assert run("vault", "rekey", "--passphrase-file", first, "--rotate-key").code == 13

    assert "1 secrets sealed again" in ok("vault", "rekey", "--passphrase-file", second, "--rotate-key").err
    assert ok("vault", "status", "-o", "json").json["key_id"] != before["key_id"]
    assert ok("credential", "rotate", "one", "--secret-stdin", "--passphrase-file", second, stdin=CANARY).err == (
        "one: unchanged\n"
    )
    ok("audit", "verify")


def test_a_locked_vault_serves_nobody(run: Run, ok: Run, opens: str, private: Write) -> None:
    add(ok, "one")
    assert ok("vault", "lock", "--reason", "a laptop was stolen").err == "vault: locked\n"
    assert ok("vault", "lock").err == "vault: unchanged\n"
    ok("computer", "add", "web1")
    for argv in (
        ("credential", "add", "two", "--kind", "token", "--secret-stdin"),
        ("credential", "rotate", "one", "--secret-stdin"),
        ("credential", "test", "one", "--computer", "web1"),
        ("task", "run", "--command", "true", "--all", "--credential", "one"),
    ):
        result = run(*argv, stdin="another-secret\n")
        assert (result.code, "[VAULT-LOCKED]" in result.err) == (13, True), result.err
    assert ok("credential", "list", "-o", "name").out == "one\n"
    ok("vault", "rekey", "--rotate-key")
    assert ok("vault", "status", "-o", "json").json["state"] == "locked"
    assert run("doctor", "-o", "json").code == 20
    wrong = private("wrong", "not the passphrase")
    assert run("vault", "unlock", "--passphrase-file", wrong).code == 13
    assert ok("vault", "unlock").err == "vault: unlocked\n"
    assert ok("vault", "unlock").err == "vault: unchanged\n"


def test_where_a_passphrase_comes_from(run: Run, ok: Run, opens: str, tmp_path: Path, private: Write) -> None:
    nobody = {"ITMSCTL_PASSPHRASE_FILE": ""}
    asked = run("vault", "unlock", env=nobody)
    assert (asked.code, "--passphrase-file FILE" in asked.err) == (13, True)
    piped = run("vault", "unlock", env=nobody, stdin="correct horse battery staple\n")
    assert piped.code == 13
    folder = tmp_path / "credentials"
    folder.mkdir(mode=0o700)
    service_file = folder / "itmsctl-passphrase"
    service_file.write_text("correct horse battery staple")
    service_file.chmod(0o440)  # as systemd shows a file that an access list gives to the user of the service
    assert run("vault", "unlock", env={**nobody, "CREDENTIALS_DIRECTORY": str(folder)}).code == 0
    service_file.chmod(0o444)
    assert run("vault", "unlock", env={**nobody, "CREDENTIALS_DIRECTORY": str(folder)}).code == 3
    service_file.unlink()
    assert run("vault", "unlock", env={**nobody, "CREDENTIALS_DIRECTORY": str(folder)}).code == 13


@pytest.mark.parametrize(("mode", "code"), [(0o600, 0), (0o400, 0), (0o640, 3), (0o604, 3)])
def test_a_passphrase_file_is_private(run: Run, opens: str, mode: int, code: int) -> None:
    Path(opens).chmod(mode)
    result = run("vault", "unlock")
    assert (result.code, "chmod 600" in result.err) == (code, code == 3), result.err
    findings = {
        f["id"]: f["severity"] for f in run("doctor", "-o", "json").json if f["id"] in {"PASSPHRASE-FILE", "VAULT"}
    }
    assert findings == {"PASSPHRASE-FILE": "warning" if code else "ok", "VAULT": "ok"}


def test_passphrase_files_that_will_not_do(
    run: Run, opens: str, private: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_files, "PIPE_S", 1.0)
    os.mkfifo(tmp_path / "pipe", 0o600)
    for path, code in (
        (private("empty", "\n"), 3),
        (private("long", "x" * 5000), 3),
        (str(tmp_path), 3),
        (str(tmp_path / "pipe"), 3),
        (str(tmp_path / "missing"), 5),
    ):
        assert run("vault", "unlock", "--passphrase-file", path).code == code, path
    short = run("vault", "rekey", "--new-passphrase-file", private("short", "hunter2"))
    assert (short.code, "at least 12" in short.err) == (3, True)


# --- credentials ------------------------------------------------------------------------------------------------------


def test_a_credential_is_added_shown_rotated_and_removed(run: Run, ok: Run, opens: str, store: Store) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "10.0.0.0/8")
    ok("target", "add", "web", "--view", "all")
    scope = ("--site", "rome", "--subnet", "10.0.0.0/8", "--target", "web")
    add(ok, "web-root", "--user", "root", *scope, "--description", "of the web servers")
    add(ok, "web-root", "--user", "root", *scope)  # an equal one
    other = run("credential", "add", "web-root", "--kind", "password", "--secret-stdin", stdin="another-secret")
    assert (other.code, "its secret is another one" in other.err) == (6, True)
    assert run("credential", "add", "web-root", "--kind", "token", "--secret-stdin", stdin=CANARY).code == 6
    shown = ok("credential", "show", "web-root", "-o", "json").json
    assert {k: shown[k] for k in ("kind", "user", "sites", "subnets", "targets", "version")} == {
        "kind": "password", "user": "root", "sites": ["rome"], "subnets": ["10.0.0.0/8"], "targets": ["web"],
        "version": 1,
    }  # fmt: skip
    assert ok("credential", "rotate", "web-root", "--secret-stdin", stdin=CANARY + "-2").err == "web-root: updated\n"
    assert ok("credential", "show", "web-root", "-o", "json").json["version"] == 2
    assert rows(store, "SELECT field, version FROM credential_secret") == [("secret", 2)]
    ok("credential", "set", "web-root", "--rename", "root", "--unset", "sites")
    assert ok("credential", "show", "root", "-o", "json").json["version"] == 2
    assert run("credential", "set", "root", "--kind", "token").code == 3
    for noun, name in (("subnet", "10.0.0.0/8"), ("target", "web")):
        used = run(noun, "remove", name, "--yes")
        assert (used.code, "by credential `root`" in used.err) == (6, True)
    ok("site", "remove", "rome", "--confirm", "rome")
    changed = {c["field"] for e in ok("history", "credential", "root", "-o", "json").json for c in e["changes"]}
    assert {"version", "rotated_at", "name"} <= changed
    assert changed.isdisjoint({"secret", "sealed", "digest", "key_id"})
    assert ok("credential", "remove", "root", "--yes").err == "root: removed\n"
    assert rows(store, "SELECT * FROM credential_secret") == []
    assert rows(store, "SELECT * FROM credential_scope") == []


def test_secrets_that_will_not_do(run: Run, ok: Run, opens: str, private: Write) -> None:
    for kind, text, code in (
        ("password", "", 3),
        ("password", "two\nlines", 3),
        ("token", "x" * 5000, 3),
        ("ssh-key", "not a key", 3),
        ("ssh-key", "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n", 3),
        ("smoke", "x", 2),
    ):
        result = run("credential", "add", "bad", "--kind", kind, "--secret-stdin", stdin=text)
        assert result.code == code, (kind, text[:20], result.err)
    assert run("credential", "add", "bad", "--kind", "password").code == 2
    file = private("secret", "x-x-x-x-x")
    both = run("credential", "add", "bad", "--kind", "password", "--secret-stdin", "--secret-file", file)
    assert both.code == 2
    Path(file).chmod(0o644)
    assert run("credential", "add", "bad", "--kind", "password", "--secret-file", file).code == 3
    Path(file).write_bytes(b"\xff\xfe\x00")
    Path(file).chmod(0o600)
    assert run("credential", "add", "bad", "--kind", "password", "--secret-file", file).code == 3
    phrase = private("phrase", "x-x-x-x-x")
    wants_key = run(
        "credential",
        "add",
        "bad",
        "--kind",
        "password",
        "--secret-stdin",
        "--key-passphrase-file",
        phrase,
        stdin="abcd",
    )
    assert wants_key.code == 2
    assert ok("credential", "list", "-o", "json").json == []


def test_no_vault_no_credential(run: Run, private: Write) -> None:
    path = private("passphrase", "correct horse battery staple")
    missing = run(
        "credential", "add", "one", "--kind", "token", "--secret-stdin", "--passphrase-file", path, stdin="abcd"
    )
    assert (missing.code, "itmsctl vault init" in missing.err) == (5, True)


def test_a_private_key_with_a_passphrase_of_its_own(run: Run, ok: Run, opens: str, private: Write) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    made = Ed25519PrivateKey.generate()
    text = made.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, BestAvailableEncryption(b"of-the-key")).decode()
    file, right, wrong = private("key", text), private("right", "of-the-key\n"), private("wrong", "of-another")
    argv = ("credential", "add", "key", "--kind", "ssh-key", "--secret-file", file)
    bare = run(*argv)
    assert (bare.code, "--key-passphrase-file" in bare.err) == (3, True)
    assert run(*argv, "--key-passphrase-file", wrong).code == 3
    assert run(*argv, "--key-passphrase-file", right).code == 0
    held = PrivateKey("key", text, "of-the-key")
    assert read_key(held) is read_key(PrivateKey("key", text, "of-the-key"))
    assert text not in repr(held)
    assert "of-the-key" not in repr(held)


# --- what is stored ---------------------------------------------------------------------------------------------------


def test_the_raw_row_is_ciphertext_and_opens_in_its_own_row_only(run: Run, ok: Run, opens: str, store: Store) -> None:
    add(ok, "one")
    add(ok, "two", secret="S3cr3t-of-two")
    raw = {name: bytes(data) for name, data in rows(store, _SEALED)}  # type: ignore[misc, call-overload]
    assert all(CANARY.encode() not in data and len(data) >= 28 for data in raw.values())
    ways = Unlocking(file=opens)
    assert service.take(store, ["one"], ways).password == CANARY
    rows(
        store,
        "UPDATE credential_secret SET sealed = :s WHERE credential_id = (SELECT id FROM credential WHERE name = 'two')",
        s=raw["one"],
    )
    moved = run("credential", "rotate", "two", "--secret-stdin", stdin="abcdef")
    assert (moved.code, "[VAULT-TAMPERED]" in moved.err) == (14, True)
    assert run("vault", "rekey", "--rotate-key").code == 14
    assert service.take(store, ["one"], ways).password == CANARY
    rows(store, "UPDATE vault SET wrapped_key = :s", s=raw["one"])
    assert run("vault", "unlock").code == 14
    rows(store, "UPDATE vault SET kdf = :k", k='{"iterations":3,"lanes":4,"memory_kib":2000000000}')
    assert run("vault", "unlock").code == 14


_SEALED = "SELECT c.name, s.sealed FROM credential_secret s JOIN credential c ON c.id = s.credential_id"


def test_what_would_be_stored_in_the_clear_is_not_stored(
    run: Run, ok: Run, opens: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(ok, "one")
    monkeypatch.setattr(vault.DataKey, "seal", lambda self, place, secret, random: secret)
    bare = run("credential", "rotate", "one", "--secret-stdin", stdin="S3cr3t-in-the-clear")
    assert (bare.code, "[VAULT-PLAINTEXT]" in bare.err) == (14, True)
    monkeypatch.undo()
    assert service.take(store, ["one"], Unlocking(file=opens)).password == CANARY
    assert VaultPlaintextError.exit_status == 14


def test_a_vault_that_was_rekeyed_meanwhile(ok: Run, opens: str, store: Store) -> None:
    add(ok, "one")
    key = vaults.unlocked(store, Unlocking(file=opens))
    ok("vault", "rekey", "--rotate-key")
    with pytest.raises(VaultRekeyedError):
        store.write(lambda unit: credential_shelf.rotate(unit, key, "one", Secret("S3cr3t-too-late")))
    with store.read() as reader:
        assert sealing.count(reader) == 1


# --- what several come to ---------------------------------------------------------------------------------------------


def opened(name: str, kind: str, user: str | None = None, text: str = CANARY) -> OpenedCredential:
    return OpenedCredential(
        name, kind, user, Secret(text), Scope(sites=frozenset({1})) if name == "scoped" else Scope()
    )


def test_what_credentials_come_to_together() -> None:
    held = hold([opened("a", "ssh-key", "root"), opened("b", "sudo-password", "admin"), opened("scoped", "password")])
    assert (held.user, held.password, held.sudo_password, len(held.private_keys)) == ("root", CANARY, CANARY, 1)
    assert held.scopes == (("scoped", Scope(sites=frozenset({1}))),)
    assert CANARY not in repr(held)
    assert CANARY not in repr(opened("a", "password"))


@pytest.mark.parametrize(
    "wrong",
    [
        [opened("a", "ssh-key", "root"), opened("b", "password", "admin")],
        [opened("a", "password", text="one-one"), opened("b", "password", text="two-two")],
        [opened("a", "sudo-password", text="one-one"), opened("b", "sudo-password", text="two-two")],
        [opened("a", "community")],
        [opened("a", "token")],
    ],
)
def test_credentials_that_contradict_each_other(wrong: list[OpenedCredential]) -> None:
    with pytest.raises(UsageError) as caught:
        hold(wrong)
    assert not re.search("one-one|two-two|S3cr3t", str(caught.value.as_dict()))


# --- used -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lab(ok: Run, ssh_lab: Lab) -> Lab:
    """Three computers of the lab, the first and the last in rome."""
    ok("site", "add", "rome")
    ok("subnet", "add", "127.45.1.0/24", "--site", "rome")
    for number, host in enumerate(ssh_lab.hosts, 1):
        ok("computer", "add", f"lab-{number}", "--address", host, "--port", str(ssh_lab.port))
    ok("host-key", "scan", "--all", "--accept")
    return ssh_lab


def add_key(ok: Run, lab: Lab, name: str, *argv: str) -> None:
    ok(
        "credential", "add", name, "--kind", "ssh-key", "--user", lab.user, "--secret-file", str(lab.key_file), *argv,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("scope", "inside"),
    [
        ((), {"lab-1", "lab-2", "lab-3"}),
        (("--site", "rome"), {"lab-1", "lab-3"}),
        (("--subnet", "127.0.0.0/8"), {"lab-1", "lab-2", "lab-3"}),
        (("--target", "second"), {"lab-2"}),
        (("--target", "second", "--site", "rome"), {"lab-1", "lab-2", "lab-3"}),
    ],
)
def test_a_run_goes_where_the_credential_may_go(
    run: Run, ok: Run, opens: str, lab: Lab, scope: tuple[str, ...], inside: set[str]
) -> None:
    ok("subnet", "add", "127.0.0.0/8")
    ok("filter", "add", "second", "--where", "name = 'lab-2'")
    ok("target", "add", "second", "--filter", "second")
    add_key(ok, lab, "lab", *scope)
    result = run("task", "run", "--command", "true", "--all", "--credential", "lab", "-o", "ndjson")
    by_name = {line["computer"]: line for line in result.lines if line["type"] == "result"}
    assert {name for name, line in by_name.items() if line["state"] == "succeeded"} == inside
    assert result.code == (0 if len(inside) == 3 else 4), result.err
    for name in by_name.keys() - inside:
        line = by_name[name]
        assert (line["state"], line["reason"]) == ("unreachable", "CRED-SCOPE")
        assert "outside the scope of credential `lab`" in line["message"]


def test_a_run_remembers_the_names_and_a_profile_names_them(run: Run, ok: Run, opens: str, lab: Lab) -> None:
    ok("site", "add", "nowhere")
    add_key(ok, lab, "lab", "--site", "nowhere")
    ok("profile", "add", "by-key", "--credential", "lab")
    first = run("task", "run", "--command", "true", "--site", "rome", "--profile", "by-key", "-o", "ndjson")
    assert first.code == 4
    used = run("credential", "remove", "lab", "--yes")
    assert (used.code, "profile `by-key`" in used.err) == (6, True)
    second = run("task", "run", "--command", "true", "--site", "rome", "--credential", "lab", "-o", "ndjson")
    assert second.code == 4
    ok("credential", "set", "lab", "--site", "rome")
    for number in (1, 2):
        retried = run("run", "retry", f"R-{number}", "--unreachable", "-o", "ndjson")
        assert (retried.code, retried.lines[-1]["ok"]) == (0, 2), retried.err
    assert run("run", "reconcile", "R-2").code == 0


def test_a_credential_is_tried_for_real(run: Run, ok: Run, opens: str, lab: Lab, private: Write) -> None:
    add_key(ok, lab, "lab", "--site", "rome")
    tried = ok("credential", "test", "lab", "--computer", "lab-1", "-o", "json").json
    assert (tried["computer"], tried["user"], tried["method"]) == ("lab-1", lab.user, "publickey ssh-ed25519")
    refused = run("credential", "test", "lab", "--computer", "lab-2")
    assert (refused.code, "[CRED-SCOPE]" in refused.err) == (4, True)
    add(ok, "word", "--user", lab.user)
    wrong = run("credential", "test", "word", "--computer", "lab-1")
    assert (wrong.code, "[AUTH-FAILED]" in wrong.err) == (8, True)
    add(ok, "snmp", kind="community")
    assert run("credential", "test", "snmp", "--computer", "lab-1").code == 2
    add(ok, "sudo", kind="sudo-password")
    assert run("credential", "test", "sudo", "--computer", "lab-1").code == 2
    assert run("credential", "test", "lab", "--computer", "nobody").code == 5
    other = private("other", "")
    from examples.lab.ssh_endpoints import write_key

    write_key(Path(other))
    argv = ("credential", "rotate", "lab", "--secret-file", other)
    assert run(*argv, "--computer", "lab-1").code == 8
    assert ok("credential", "show", "lab", "-o", "json").json["version"] == 1
    assert run(*argv).code == 0
    assert run("credential", "test", "lab", "--computer", "lab-1").code == 8
    back = ("credential", "rotate", "lab", "--secret-file", str(lab.key_file), "--computer", "lab-1")
    assert "logged in as" in ok(*back).err


def test_out_of_scope_and_wrong_hosts_learn_nothing(run: Run, ok: Run, opens: str) -> None:
    ok("site", "add", "rome")
    add(ok, "word", "--user", "root", "--site", "rome")
    add(ok, "everywhere", "--user", "root")
    with RogueServer() as rogue:
        ok("computer", "add", "rogue", "--address", rogue.host, "--port", str(rogue.port))
        for name, code in (("word", 4), ("everywhere", 12)):
            argv = ("task", "run", "--command", "true", "--all", "--credential", name)
            assert run(*argv).code == code
            assert run("credential", "test", name, "--computer", "rogue").code == code
        unknown = run("task", "run", "--command", "true", "--all", "--credential", "everywhere", "--accept-new")
        assert (unknown.code, "[CRED-NOT-FOR-DISCOVERY]" in unknown.err) == (4, True)
        assert rogue.attempts == []
        ok("host-key", "scan", "--all", "--accept")
        run("credential", "test", "everywhere", "--computer", "rogue")
        assert rogue.attempts == [("root", CANARY)]
    assert CredentialNotForDiscoveryError.exit_status == 4


def test_a_word_from_a_file_and_one_from_the_vault(run: Run, ok: Run, opens: str, private: Write) -> None:
    add(ok, "word")
    ok("computer", "add", "web1")
    argv = ("task", "run", "--command", "true", "--all", "--credential", "word")
    assert run(*argv, "--password-file", private("word", "abcdef")).code == 2
    assert run("task", "run", "--command", "true", "--all", "--credential", "nobody").code == 5
    assert Via.from_dict(Via(credentials=("a", "b")).as_dict()).credentials == ("a", "b")
    assert Via(credentials=("a",)).over(Via(credentials=("b",))).credentials == ("a",)
