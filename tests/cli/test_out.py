"""The one rule for `--out`: a new file, with --force instead of the one that stands there, and never one in use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from itmsctl.cli.root import load_group
from itmsctl.values.kind import house
from tests.conftest import Run
from tests.house.test_registries import leaves

OUTS: dict[str, tuple[str, ...]] = {
    "agent build": ("--from", "/srv/policy", "--inbox", "/srv/inbox"),
    "computer export": (),
    "db backup": (),
    "export": (),
    "hierarchy leave": ("rome", "--yes"),
    "inventory export": ("--format", "csv", "--class", "bios"),
    "inventory package": ("build",),
    "inventory report": (),
    "plan": ("-f", "ESTATE"),
    "replication export": ("--to", "rome"),
    "report run": ("not-seen", "-o", "csv"),
    "site export": (),
    "sizing report": ("--endpoints", "10"),
    "subnet export": (),
    "support bundle": (),
}


def argv(verb: str, out: Path, tmp_path: Path, *more: str) -> list[str]:
    estate = tmp_path / "estate.yaml"
    estate.write_text("kind: site\nname: oslo\n", encoding="utf-8")
    words = [str(estate) if word == "ESTATE" else word for word in OUTS[verb]]
    return [*verb.split(), *words, "--out", str(out), *more]


def get_ready(run: Run, db: str, verb: str, tmp_path: Path) -> None:
    """Make what a verb needs besides its words: a neighbour that is reached by files."""
    if verb not in {"hierarchy leave", "replication export"}:
        return
    card = tmp_path / "rome.card"
    assert run("--db", str(tmp_path / "rome.sqlite"), "hierarchy", "init", "rome").code == 0
    card.write_text(run("--db", str(tmp_path / "rome.sqlite"), "hierarchy", "card").out, encoding="utf-8")
    assert run("--db", db, "hierarchy", "init", "head").code == 0
    assert run("--db", db, "hierarchy", "add-child", "rome", "--card", str(card)).code == 0


def test_every_verb_with_out_is_known_here_and_takes_force() -> None:
    found = {
        " ".join(path): {flag for option in command.params for flag in option.opts}
        for name in house().groups()
        for path, command in leaves(load_group(name), (name,))
    }
    found = {verb: flags for verb, flags in found.items() if "--out" in flags}
    assert set(found) == set(OUTS)
    assert [verb for verb, flags in found.items() if "--force" not in flags] == []


@pytest.mark.parametrize("verb", sorted(OUTS))
def test_a_file_that_is_there_is_replaced_only_by_force(
    bare_run: Run, sqlite_db: str, tmp_path: Path, verb: str
) -> None:
    out = tmp_path / "letter.txt"
    out.write_text("dear customer", encoding="utf-8")
    get_ready(bare_run, sqlite_db, verb, tmp_path)
    refused = bare_run("--db", sqlite_db, *argv(verb, out, tmp_path))
    assert (refused.code, "OUT-EXISTS" in refused.err) == (6, True), refused.err
    assert out.read_text(encoding="utf-8") == "dear customer"
    done = bare_run("--db", sqlite_db, *argv(verb, out, tmp_path, "--force"))
    assert done.code == 0, done.err
    assert not out.read_bytes().startswith(b"dear")
    assert out.stat().st_mode & 0o777 == (0o700 if verb in {"agent build", "inventory package"} else 0o600)  # programs
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == [], "nothing is left over"


@pytest.mark.parametrize("verb", sorted(OUTS))
def test_a_file_in_use_is_never_replaced(
    bare_run: Run, sqlite_db: str, environment: dict[str, str], tmp_path: Path, verb: str
) -> None:
    get_ready(bare_run, sqlite_db, verb, tmp_path)
    bare_run("--db", sqlite_db, "site", "add", "rome")
    backup = Path(bare_run("--db", sqlite_db, "db", "backup").json["name"])
    key, passphrase = tmp_path / "key", tmp_path / "passphrase"
    key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n", encoding="utf-8")
    passphrase.write_text("a long enough passphrase\n", encoding="utf-8")
    passphrase.chmod(0o600)
    config = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("", encoding="utf-8")
    state = Path(environment["XDG_STATE_HOME"]) / "itmsctl" / "seen.json"
    linked = tmp_path / "folder"
    linked.symlink_to(tmp_path)
    alias = tmp_path / "alias"
    alias.hardlink_to(passphrase)
    files = [
        Path(sqlite_db),
        linked / Path(sqlite_db).name,
        Path(sqlite_db + "-journal"),
        Path(sqlite_db + "-wal"),
        backup,
        Path(f"{backup}.manifest.json"),
        key,
        passphrase,
        alias,
        config,
        state,
    ]
    for file in files:
        before = file.read_bytes() if file.exists() else None
        for more in ((), ("--force",)):
            env = {"ITMSCTL_PASSPHRASE_FILE": str(passphrase)}
            found = bare_run("--db", sqlite_db, *argv(verb, file, tmp_path, *more), env=env)
            assert (found.code, "OUT-IN-USE" in found.err) == (6, True), (file, found.err)
            assert (file.read_bytes() if file.exists() else None) == before, file
    assert bare_run("--db", sqlite_db, "site", "list", "-o", "name").out == "rome\n"


def test_links_are_not_followed(bare_run: Run, sqlite_db: str, tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("x", encoding="utf-8")
    link = tmp_path / "link"
    link.symlink_to(target)
    os.mkfifo(tmp_path / "pipe")
    for out in (link, tmp_path / "pipe"):
        for more in ((), ("--force",)):
            assert bare_run("--db", sqlite_db, "export", "--out", str(out), *more).code in {6, 11}
    assert target.read_text(encoding="utf-8") == "x"


def test_a_configuration_of_brackets_is_named(bare_run: Run, environment: dict[str, str]) -> None:
    config = Path(environment["XDG_CONFIG_HOME"]) / "itmsctl" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("db = " + "[" * 100_000, encoding="utf-8")
    found = bare_run("config", "show")
    assert (found.code, str(config) in found.err) == (3, True)
