"""From an import to what a computer is sent: keys, steps, publication, and the gate, as a user has them."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.cli import context as contexts
from itmsctl.cli.configuration import GlobalOptions
from itmsctl.errors import ItmsError
from itmsctl.packages.service.trusted import checked_manifest
from tests.conftest import FrozenClock, Run

Gate = Callable[..., str]


@pytest.fixture
def gate(db: str, environment: dict[str, str], clock: FrozenClock) -> Gate:
    """Ask what `package push` asks: the digest that may be sent, or the code of the refusal."""

    def ask(name: str, digest: str | None = None) -> str:
        streams = io.StringIO(), io.StringIO(), io.StringIO()
        context = contexts.Context([], environment, *streams, clock, clock.sleep, GlobalOptions(db=db))
        try:
            with context.store.read() as reader:
                return checked_manifest(reader, name, clock(), digest).digest
        except ItmsError as error:
            return error.code
        finally:
            context.close()

    return ask


@pytest.fixture
def app(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "install.sh").write_text("echo hello\n")
    return folder


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let another user of the system give the next commands."""
    return lambda name: monkeypatch.setattr(contexts, "user_of", lambda uid, behind: name)


def catalogue(environment: dict[str, str], db: str) -> Path:
    folder = Path(environment["XDG_DATA_HOME"]) / "itmsctl" if "://" in db else Path(db).parent
    return folder / "library" / "catalogue"


def trust(environment: dict[str, str]) -> Path:
    return Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "trust.json"


def versions(environment: dict[str, str]) -> dict[str, int]:
    (state,) = json.loads(trust(environment).read_text()).values()
    return {role: mark["version"] for role, mark in state["marks"].items()}


def test_a_first_user_alone_needs_one_command(ok: Run, run: Run, gate: Gate, app: Path, environment, db) -> None:
    first = ok("package", "import", str(app), "--name", "nano")
    assert "made the signed catalogue of packages, and key `packages` SHA256:" in first.err
    assert "only you can read" in first.err
    assert "nano: published" in first.err
    manifest = ok("package", "show", "nano", "-o", "json").json["manifest"]
    assert gate("nano") == manifest
    (key,) = ok("package-key", "list", "-o", "json").json
    assert (key["place"], key["encrypted"]) == ("file", False)
    path = Path(environment["XDG_DATA_HOME"]) / "itmsctl" / "keys" / "packages.key"
    assert path.stat().st_mode & 0o777 == 0o600
    (row,) = ok("package-catalogue", "list", "-o", "json").json
    assert row["manifest"] == manifest
    assert row["imported_by"] == row["published_by"] != "unknown"
    assert ok("package", "import", str(app), "--name", "nano").err.count("unchanged") == 1
    assert "1 published revision, each as it was signed" in ok("package-catalogue", "verify").err
    private = path.read_text().splitlines()[1]
    audit = ok("audit", "list", "-o", "json").out
    assert private not in audit
    if "://" not in db:
        assert private.encode() not in Path(db).read_bytes(), "no private half in the database"
    assert gate("vim") == "NOT-FOUND"


def test_openssh_checks_the_manifest_with_what_the_command_prints(
    ok: Run, app: Path, tmp_path: Path, environment, db
) -> None:
    ok("package", "import", str(app), "--name", "nano")
    (tmp_path / "signers").write_text(ok("package-key", "export").out)
    digest = ok("package", "show", "nano", "-o", "json").json["manifest"]
    manifest = catalogue(environment, db).parent / "manifests" / f"{digest}.json"
    verify = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", "itmsctl", "-n", "itmsctl-package"]
    verify += ["-s", f"{manifest}.sig"]
    data = manifest.read_bytes()
    assert subprocess.run(verify, cwd=tmp_path, input=data, capture_output=True, timeout=20).returncode == 0
    assert subprocess.run(verify, cwd=tmp_path, input=data + b" ", capture_output=True, timeout=20).returncode != 0


def test_what_is_changed_past_the_catalogue_is_sent_to_nobody(ok: Run, gate: Gate, app: Path, store) -> None:
    """PS4, PS6, PS10: a manifest of another version, or of another package, or one that nobody signed."""
    import sqlalchemy as sa

    ok("package", "import", str(app), "--name", "nano")
    (app / "install.sh").write_text("echo other\n")
    ok("package", "import", str(app), "--name", "other")
    other = ok("package", "show", "other", "-o", "json").json["manifest"]
    right = gate("nano")
    for text in ("echo 3\n", "echo 4\n"):
        (app / "install.sh").write_text(text)
        ok("package", "import", str(app), "--name", "nano")
    now = gate("nano")
    assert now != right
    assert gate("nano", right) == right, "a former content that is still published"
    assert gate("nano", other) == "MANIFEST-NOT-IN-CATALOG", "a content of another package"
    assert gate("nano", "0" * 64) == "PKG-OBJECT-MISSING"
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE package SET manifest = :m WHERE name = 'nano'"), {"m": other})
    assert gate("nano") == "MANIFEST-NOT-IN-CATALOG"
    with store.engine.begin() as connection:
        connection.execute(sa.text("UPDATE package SET manifest = :m WHERE name = 'nano'"), {"m": now})
        connection.execute(sa.text("UPDATE package SET content_revision = 7 WHERE name = 'nano'"))
    assert gate("nano") == "MANIFEST-NOT-IN-CATALOG"


def test_rollback_freeze_and_a_clock_set_back(ok: Run, run: Run, gate: Gate, app: Path, environment, db, clock) -> None:
    """PS2, PS3."""
    ok("package", "import", str(app), "--name", "nano")
    folder = catalogue(environment, db)
    old = {path.name: path.read_bytes() for path in folder.iterdir()}
    ok("package", "import", str(app), "--name", "vim")
    assert versions(environment)["targets"] == 3
    for name, data in old.items():
        (folder / name).write_bytes(data)
    assert gate("nano") == "CATALOG-ROLLBACK"
    refused = run("package-catalogue", "verify")
    assert refused.code == 14
    assert "offered=2 trusted=3" in refused.err
    assert versions(environment)["targets"] == 3
    assert run("package", "import", str(app), "--name", "ed").code == 14, "nobody publishes on top of an older copy"

    assert ok("package-catalogue", "verify", "--trust-again", "--confirm", "catalogue").code == 0
    clock.forward(days=180)
    assert gate("nano") == "CATALOG-EXPIRED"
    expired = run("package-catalogue", "show")
    assert (expired.code, "2026-07-04" in expired.err) == (14, True), expired.err
    assert "expire" in run("doctor", "-o", "json").out
    ok("package-catalogue", "renew")
    assert gate("nano") == gate("nano") != "CATALOG-EXPIRED"
    clock.forward(days=-365)
    assert gate("nano") == "CLOCK-BEHIND"


def test_three_steps_by_two_people(ok: Run, run: Run, gate: Gate, app: Path, people) -> None:
    """PS10: who imports publishes nothing, where the catalogue asks for people."""
    people("ann")
    ok("package", "import", str(app), "--name", "nano")
    ok("package-catalogue", "set", "--approval", "people")
    (app / "install.sh").write_text("echo 2\n")
    second = ok("package", "import", str(app), "--name", "nano")
    assert "package approve nano" in second.err
    assert gate("nano") == "PKG-NOT-PUBLISHED"
    early = run("package", "publish", "nano")
    assert (early.code, "PKG-NOT-APPROVED" in early.err) == (9, True), early.err
    own = run("package", "approve", "nano", "--error-format", "json")
    assert (own.code, json.loads(own.err)["code"]) == (9, "NEEDS-SECOND-APPROVER")
    people("ben")
    assert "dry run" in ok("package", "approve", "nano", "--dry-run").err
    ok("package", "approve", "nano")
    people("ann")
    again = run("package", "publish", "nano")
    assert (again.code, "NEEDS-SECOND-APPROVER" in again.err) == (9, True), again.err
    people("ben")
    ok("package", "publish", "nano")
    assert len(gate("nano")) == 64
    row = ok("package-catalogue", "list", "-o", "json").json[-1]
    names = [row[step].partition("@")[0] for step in ("imported_by", "approved_by", "published_by")]
    assert names == ["ann", "ben", "ben"]
    # what is changed after it was approved needs another approval
    people("cid")
    ok("package", "set", "nano", "--detect", "package nano")
    stale = run("package", "publish", "nano")
    assert (stale.code, "APPROVAL-STALE" in stale.err) == (9, True), stale.err


def test_what_is_changed_is_published_again_unless_somebody_has_to_look_at_it(ok: Run, gate: Gate, app: Path) -> None:
    ok("package", "import", str(app), "--name", "nano")
    first = gate("nano")
    changed = ok("package", "set", "nano", "--detect", "package nano", "-o", "json")
    assert ("nano: published" in changed.err, changed.json["state"]) == (True, "published")
    second = gate("nano")
    assert "nano: published" in ok("package", "program", "nano", "install", "--linux", "sh install.sh").err
    assert len({first, second, gate("nano")}) == 3
    assert "published" not in ok("package", "set", "nano", "--description", "an editor").err  # no other content
    ok("package", "program", "nano", "install", "--linux", "true", "--dry-run")
    ok("package", "withdraw", "nano")
    ok("package", "set", "nano", "--detect", "package nano >= 2")
    assert gate("nano") == "PKG-NOT-PUBLISHED", "what a person took back stays so"
    ok("package", "publish", "nano")
    ok("package-catalogue", "set", "--approval", "steps")
    assert "package approve nano" in ok("package", "set", "nano", "--detect", "package nano >= 3").err
    assert gate("nano") == "PKG-NOT-PUBLISHED"


def test_a_withdrawn_package_is_sent_to_nobody(ok: Run, gate: Gate, app: Path) -> None:
    ok("package", "import", str(app), "--name", "nano")
    assert "withdrawn" in ok("package", "withdraw", "nano").err
    assert gate("nano") == "PKG-NOT-PUBLISHED"
    assert "unchanged" in ok("package", "withdraw", "nano").err
    assert "published" in ok("package", "publish", "nano", "--dry-run").err
    assert gate("nano") == "PKG-NOT-PUBLISHED"
    ok("package", "publish", "nano")
    assert len(gate("nano")) == 64


def test_keys_in_the_vault_and_a_passphrase_of_ones_own(
    ok: Run, run: Run, gate: Gate, app: Path, tmp_path, environment
) -> None:
    words = tmp_path / "words"
    words.write_text("correct horse battery staple\n")
    words.chmod(0o600)
    given = ("--passphrase-file", str(words))
    ok("vault", "init", *given)
    locked = ok("package", "import", str(app), "--name", "nano")
    assert "imported, and not published" in locked.err
    assert gate("nano") == "PKG-NOT-PUBLISHED"
    ok("package", "publish", "nano", *given)
    (key,) = ok("package-key", "list", "-o", "json").json
    assert (key["place"], key["encrypted"]) == ("vault", True)
    assert len(gate("nano")) == 64, "what was published is pushed without any passphrase"
    assert "changed, and not published" in ok("package", "set", "nano", "--detect", "package nano").err
    ok("package", "publish", "nano", *given)
    assert run("package-catalogue", "renew").code == 13
    ok("vault", "rekey", "--rotate-key", *given)
    ok("package-catalogue", "renew", *given)
    assert run("task", "list").code == 0
    assert run("credential", "show", "packages").code == 0
    made = ok("package-key", "rotate", "packages", "--to", "file", "--new-passphrase-file", str(words), *given,
              "--key-passphrase-file", str(words))  # fmt: skip
    assert "packages-2" in made.err
    (key,) = ok("package-key", "list", "-o", "json").json
    assert (key["name"], key["place"], key["encrypted"]) == ("packages-2", "file", True)
    assert run("package-catalogue", "renew", "--no-input").code == 3
    ok("package-catalogue", "renew", "--key-passphrase-file", str(words))
    assert "each as it was signed" in ok("package-catalogue", "verify").err


def test_a_role_of_its_own_and_a_key_that_retires(ok: Run, run: Run, gate: Gate, app: Path) -> None:
    ok("package", "import", str(app), "--name", "nano")
    assert "it signs targets" in ok("package-key", "make", "ann", "--role", "targets").err
    assert run("package-key", "make", "ann").code == 6
    assert run("package-key", "make", "x", "--role", "king").code == 2
    assert run("package-key", "make", "../x").code == 3
    assert ok("package-catalogue", "show", "-o", "json").json["root"] == 2
    assert run("package-key", "retire", "packages", "--yes").code == 6, "nobody could sign for root"
    assert run("package-key", "retire", "bob", "--yes").code == 5
    assert "retired; it signed targets" in ok("package-key", "retire", "ann", "--yes").err
    assert [row["name"] for row in ok("package-key", "list", "-o", "json").json] == ["packages"]
    assert len(gate("nano")) == 64
    ok("package-catalogue", "verify")


def test_a_thief_drives_the_version_up_and_another_key_recovers(
    ok: Run, run: Run, gate: Gate, app: Path, environment, db
) -> None:
    """PS7."""
    from dataclasses import replace

    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    from itmsctl.packages.trust.envelope import opened, sealed
    from itmsctl.packages.trust.keys import SigningKey, VerifyKey

    ok("package", "import", str(app), "--name", "nano")
    key = Path(environment["XDG_DATA_HOME"]) / "itmsctl" / "keys" / "packages.key"
    private = load_ssh_private_key(key.read_bytes(), None)
    thief = SigningKey(VerifyKey(private.public_key().public_bytes_raw()), private.sign)
    path = catalogue(environment, db) / "timestamp.json"
    good = path.read_bytes()
    record = opened(good, "timestamp", "timestamp.json").record()
    path.write_bytes(sealed(replace(record, version=2**62), [thief]))
    assert gate("nano") == "CATALOG-VERSION-JUMP"
    path.write_bytes(sealed(replace(record, version=1002), [thief]))
    assert len(gate("nano")) == 64
    path.write_bytes(good)
    assert gate("nano") == "CATALOG-ROLLBACK"
    path.write_bytes(sealed(replace(record, version=1002), [thief]))
    ok("package-key", "rotate", "packages")
    assert len(gate("nano")) == 64
    path.write_bytes(sealed(replace(record, version=5000), [thief]))
    assert gate("nano") == "CATALOG-SIGNATURE"


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda folder, marks: (folder / "timestamp.json").unlink(), "CATALOG-MISSING"),
        (lambda folder, marks: (folder / "timestamp.json").write_bytes(b"{"), "CATALOG-DAMAGED"),
        (lambda folder, marks: (folder / "2.targets.json").write_bytes(b"x" * 1_000_000), "CATALOG-DAMAGED"),
        (lambda folder, marks: (folder / "2.targets.json").write_bytes(b"{}"), "CATALOG-MISMATCH"),
        (lambda folder, marks: marks.write_text("{"), "STATE-DIR-UNSAFE"),
        (lambda folder, marks: (marks.unlink(), (folder / "1.root.json").unlink()), "CATALOG-MISSING"),
        (lambda folder, marks: (marks.unlink(), (folder / "1.root.json").write_bytes(b"{}")), "CATALOG-SIGNATURE"),
    ],
)
def test_harm_is_told_and_nothing_is_sent(ok: Run, gate: Gate, app: Path, environment, db, harm, code: str) -> None:
    ok("package", "import", str(app), "--name", "nano")
    harm(catalogue(environment, db), trust(environment))
    assert gate("nano") == code


def test_who_never_looked_begins_with_the_root_that_the_cmdb_names(ok: Run, gate: Gate, app: Path, environment) -> None:
    ok("package", "import", str(app), "--name", "nano")
    ok("package-key", "rotate", "packages")
    trust(environment).unlink()
    assert len(gate("nano")) == 64
    assert json.loads(trust(environment).read_text())


def test_who_lost_the_root_key_begins_again(ok: Run, run: Run, gate: Gate, app: Path, environment, db) -> None:
    ok("package", "import", str(app), "--name", "nano")
    key = Path(environment["XDG_DATA_HOME"]) / "itmsctl" / "keys" / "packages.key"
    key.unlink()
    (key.parent.parent / "keys").rmdir()
    lost = run("package-key", "rotate", "packages")
    assert (lost.code, "SIGNING-KEY-MISSING" in lost.err, "--begin-again" in lost.err) == (5, True, True), lost.err
    assert run("package-key", "make", "new", "--begin-again", "--no-input").code == 2
    assert len(gate("nano")) == 64, "nothing was forgotten yet"
    ok("package-key", "make", "new", "--begin-again", "--confirm", "catalogue")
    assert gate("nano") == "PKG-NOT-PUBLISHED"
    ok("package", "publish", "nano")
    assert len(gate("nano")) == 64
    assert (catalogue(environment, db).parent / "catalogue.before-1" / "1.root.json").exists()
    assert [row["name"] for row in ok("package-key", "list", "-o", "json").json] == ["new"]


def test_a_removed_package_leaves_the_catalogue_with_the_next_publication(ok: Run, gate: Gate, app: Path) -> None:
    ok("package", "import", str(app), "--name", "nano")
    ok("package", "remove", "nano", "--yes")
    assert "0 published revisions" in ok("package-catalogue", "verify").err
    shown = ok("package", "import", str(app), "--name", "vim", "-o", "json").json
    assert shown["state"] == "published"
    assert [row["package"] for row in ok("package-catalogue", "list", "-o", "json").json] == ["vim"]
    assert gate("nano") == "NOT-FOUND"
