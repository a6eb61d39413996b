"""The passphrase by a pipe, a descriptor or standard input, and a vault that is begun again after it was lost."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from itmsctl.security.service import private_files
from tests.conftest import Run
from tests.security.conftest import PASSPHRASE

Write = Callable[[str, str], str]


@contextmanager
def _piped(text: str) -> Iterator[str]:
    """Yield the name of a pipe that holds a text, as a shell's `<(...)` does."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    try:
        yield f"/dev/fd/{reading}"
    finally:
        os.close(reading)


@contextmanager
def _fifo(path: Path, text: str, mode: int = 0o600) -> Iterator[str]:
    """Yield the name of a FIFO into which somebody writes a text once."""
    os.mkfifo(path, mode)
    path.chmod(mode)

    def write() -> None:
        with suppress(BrokenPipeError):  # it was refused, and nobody reads
            path.write_text(text)

    threading.Thread(target=write, daemon=True).start()
    yield str(path)


def test_a_descriptor_opens_the_vault(run: Run, ok: Run) -> None:
    with _piped(PASSPHRASE + "\n") as name:
        ok("vault", "init", "--passphrase-file", name)
    with _piped(PASSPHRASE) as name:
        ok("credential", "add", "k", "--kind", "token", "--secret-stdin", "--passphrase-file", name, stdin="secret\n")
    with _piped("another one") as name:
        wrong = run("vault", "unlock", "--passphrase-file", name)
    assert (wrong.code, "[WRONG-PASSPHRASE]" in wrong.err) == (13, True)
    with _piped("\n") as name:
        empty = run("vault", "unlock", "--passphrase-file", name)
    assert (empty.code, "is empty" in empty.err) == (3, True)


def test_a_fifo_opens_the_vault_where_it_is_the_users(
    run: Run, ok: Run, opens: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert opens
    with _fifo(tmp_path / "mine", PASSPHRASE + "\n") as name:
        ok("vault", "rekey", "--rotate-key", "--passphrase-file", name)
    with _fifo(tmp_path / "open", PASSPHRASE, 0o666) as name:
        assert run("vault", "rekey", "--rotate-key", "--passphrase-file", name).code == 3
    os.mkfifo(tmp_path / "silent", 0o600)
    monkeypatch.setattr(private_files, "PIPE_S", 0.2)
    silent = run("vault", "unlock", "--passphrase-file", str(tmp_path / "silent"))
    assert (silent.code, "nobody wrote the passphrase" in silent.err) == (3, True)
    device = run("vault", "unlock", "--passphrase-file", "/dev/null")
    assert (device.code, "is not a file" in device.err, "<(pass show" in device.err) == (3, True, True)


def test_standard_input_opens_the_vault_line_by_line(run: Run, ok: Run) -> None:
    ok("vault", "init", "--passphrase-file", "-", stdin=PASSPHRASE + "\n")
    ok(
        "vault",
        "rekey",
        "--passphrase-file",
        "-",
        "--new-passphrase-file",
        "-",
        stdin=f"{PASSPHRASE}\nsecond words of it\n",
    )
    assert run("vault", "unlock", "--passphrase-file", "-", stdin=PASSPHRASE).code == 13
    ok("vault", "unlock", "--passphrase-file", "-", stdin="second words of it\n")
    for text in ("", "\n"):
        nothing = run("vault", "unlock", "--passphrase-file", "-", stdin=text)
        assert (nothing.code, "standard input is empty" in nothing.err) == (3, True)
    assert run("vault", "unlock", "--passphrase-file", "-", stdin="x" * 5000).code == 3


def test_a_secret_comes_by_a_pipe_too(ok: Run, opens: str) -> None:
    assert opens
    with _piped("its secret\n") as name:
        ok("credential", "add", "k", "--kind", "token", "--secret-file", name)
    with _piped("its secret\n") as name:
        assert ok("credential", "rotate", "k", "--secret-file", name).err == "k: unchanged\n"


# --- begun anew -------------------------------------------------------------------------------------------------------


def test_a_vault_without_secrets_is_begun_anew(run: Run, ok: Run, private: Write) -> None:
    lost, new = private("lost", "words that nobody knows"), private("new", "other words than before")
    assert run("vault", "remove", "--confirm", "vault:0").code == 5
    ok("vault", "init", "--passphrase-file", lost)
    ok("credential", "add", "k", "--kind", "token", "--secret-stdin", "--passphrase-file", lost, stdin="secret\n")
    full = run("vault", "init", "--passphrase-file", new)
    assert (full.code, "would lose its 1 secrets" in full.err) == (6, True)
    refused = run("vault", "remove", "--confirm", "vault:0")
    assert (refused.code, "[VAULT-IN-USE]" in refused.err, "credential remove" in refused.err) == (6, True, True)
    ok("credential", "remove", "k", "--yes")
    empty = run("vault", "init", "--passphrase-file", new)
    assert (empty.code, "lose" in empty.err, "vault remove" in empty.err) == (6, False, True)
    assert [run("vault", "remove", *given).code for given in ((), ("--yes",), ("--confirm", "vault:1"))] == [2, 2, 9]
    ok("vault", "remove", "--confirm", "vault:0", "--dry-run")
    assert ok("vault", "status", "-o", "json").json["state"] == "open"
    assert ok("vault", "remove", "--confirm", "vault:0", "--reason", "passphrase lost").err == "vault: removed\n"
    assert ok("vault", "status", "-o", "json").json["state"] == "absent"
    ok("vault", "init", "--passphrase-file", new)
    ok("credential", "add", "k", "--kind", "token", "--secret-stdin", "--passphrase-file", new, stdin="secret\n")
    assert run("vault", "unlock", "--passphrase-file", lost).code == 13
    assert "passphrase lost" in ok("audit", "list", "-o", "json").out
    ok("audit", "verify")


def test_a_locked_vault_that_is_empty_is_begun_anew(ok: Run, private: Write) -> None:
    ok("vault", "init", "--passphrase-file", private("lost", "words that nobody knows"))
    ok("vault", "lock")
    ok("vault", "remove", "--confirm", "vault:0")
    ok("vault", "init", "--passphrase-file", private("new", "other words than before"))
    assert ok("vault", "status", "-o", "json").json["state"] == "open"


def test_a_vault_that_is_not_there_yet_is_not_called_locked(run: Run) -> None:
    refused = run("vault", "init")
    assert refused.code == 13
    assert refused.err.startswith("error: nobody gave the passphrase that the vault is to have")
    assert "locked," not in refused.err
