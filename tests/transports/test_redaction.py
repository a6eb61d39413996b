"""Secrets in the forms in which programs print them: what comes out of a real shell shows none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from examples.lab.ssh_endpoints import write_key
from itmsctl.transports.endpoint import Credentials, PrivateKey
from itmsctl.transports.outcome import Captured, CommandOutcome, RemoteState
from itmsctl.transports.redaction import SHOWN, redacted, redacted_outcome

WORD = "S3cr3t/word+of 'mine'"
HEX = "od -An -v -tx1 s | tr -d ' \\n'"
COMMANDS = (
    "cat s", "base64 -w0 s", "printf 'password=%s;' \"$(cat s)\" | base64",
    "printf 'pass=%s;' \"$(cat s)\" | base64 -w0", HEX, f"{HEX} | tr a-f A-F", "sed 's/$/\\r/' s",
)  # fmt: skip


def printed(folder: Path, secret: str, command: str) -> bytes:
    (folder / "s").write_text(secret)
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=True).stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_a_word_is_found_as_programs_print_it(tmp_path: Path, command: str) -> None:
    shown = redacted(printed(tmp_path, WORD, command), [WORD])
    assert SHOWN in shown
    assert len(shown) < 60  # nothing but a few bytes around it is left


@pytest.mark.parametrize("command", [*COMMANDS[:2], *COMMANDS[4:], "base64 s", "sed -n 3p s", "xargs < s"])
def test_a_private_key_is_found_as_programs_print_it(tmp_path: Path, command: str) -> None:
    write_key(tmp_path / "key")
    text = (tmp_path / "key").read_text()
    lines = [line for line in text.splitlines() if not line.startswith("-----")]
    shown = redacted(printed(tmp_path, text, command), Credentials(private_keys=(PrivateKey("k", text),)).secrets())
    assert SHOWN in shown
    assert not any(line.encode() in shown for line in lines)
    assert len(shown.replace(SHOWN, b"")) < 160, shown  # the lines that say that it is a key


@given(st.text(min_size=4, max_size=40).filter(lambda t: len(t.encode("utf-8", "replace")) >= 4), st.integers(0, 80))
def test_no_seam_between_head_and_tail_shows_it(secret: str, cut: int) -> None:
    secret = secret.encode("utf-8", "replace").decode()
    data = b"before " + secret.encode() + b" after"
    stream = Captured(data[:cut], data[cut:], len(data))
    outcome = redacted_outcome(CommandOutcome(RemoteState.SUCCEEDED, "m", stdout=stream), (secret,))
    assert secret.encode() not in outcome.stdout.joined().replace(SHOWN, b"")


def test_credentials_say_all_their_secrets_and_show_none() -> None:
    held = Credentials(
        private_keys=(PrivateKey("k", "key-text", "key-phrase"),), password="word-word", sudo_password="sudo-word"
    )
    assert set(held.secrets()) == {"key-text", "key-phrase", "word-word", "sudo-word"}
    assert not any(secret in repr(held) for secret in held.secrets())
