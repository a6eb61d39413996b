"""Signatures that OpenSSH's own tool checks: `ssh-keygen -Y verify`, and what it wrote itself."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_ssh_private_key

from itmsctl.packages.trust import sshsig
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from tests.packages.catalogues import key_number

DATA = b'{"name":"nano","files":[]}'
KEY, OTHER = key_number(7), key_number(8)


def verify(folder: Path, text: str, data: bytes, allowed: str, namespace: str = sshsig.NAMESPACE) -> int:
    (folder / "signers").write_text(allowed)
    (folder / "file.sig").write_text(text)
    command = ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", sshsig.PRINCIPAL, "-n", namespace, "-s", "file.sig"]
    return subprocess.run(command, cwd=folder, input=data, capture_output=True, timeout=20).returncode


@pytest.mark.parametrize("data", [b"", DATA, b"\0" * 5000, "ü\n".encode()])
def test_openssh_checks_what_is_signed_here(tmp_path: Path, data: bytes) -> None:
    text, allowed = sshsig.signature(KEY, data), sshsig.allowed_signers([OTHER.public, KEY.public])
    assert verify(tmp_path, text, data, allowed) == 0
    assert verify(tmp_path, text, data + b" ", allowed) != 0
    assert verify(tmp_path, text, data, sshsig.allowed_signers([OTHER.public])) != 0, "another key"
    assert verify(tmp_path, text, data, allowed, "file") != 0, "signed for another purpose"


def test_what_openssh_signs_is_checked_here(tmp_path: Path) -> None:
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "key"]
    subprocess.run(make, cwd=tmp_path, check=True, timeout=20)
    (tmp_path / "data").write_bytes(DATA)
    sign = ["ssh-keygen", "-q", "-Y", "sign", "-f", "key", "-n", sshsig.NAMESPACE, "data"]
    subprocess.run(sign, cwd=tmp_path, check=True, timeout=20)
    text = (tmp_path / "data.sig").read_text()
    found = sshsig.signer(text, DATA)
    assert found is not None
    assert (tmp_path / "key.pub").read_text().split()[:2] == sshsig.ssh_public(found).split()
    told = subprocess.run(
        ["ssh-keygen", "-l", "-f", "key.pub"], cwd=tmp_path, capture_output=True, text=True, timeout=20
    )
    assert sshsig.fingerprint(found) in told.stdout
    private = load_ssh_private_key((tmp_path / "key").read_bytes(), None)
    ours = sshsig.signature(SigningKey(found, private.sign), DATA)
    assert ours == text, "the same bytes as OpenSSH writes"


@pytest.mark.parametrize(
    "change",
    [
        lambda text: "",
        lambda text: text.replace("SSH SIGNATURE", "PGP SIGNATURE"),
        lambda text: text.replace("U1NIU0lH", "U1NIU0lI"),
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + text,
        lambda text: "x" * 100_000,
        lambda text: text.replace("AAAA", "////", 1),
        lambda text: text[:60] + ("A" if text[60] != "A" else "B") + text[61:],
    ],
)
def test_what_is_no_signature_is_nobodys(change) -> None:
    text = sshsig.signature(KEY, DATA)
    assert sshsig.signer(text, DATA) == KEY.public
    assert sshsig.signer(change(text), DATA) is None
    assert sshsig.signer(text, DATA + b"x") is None
    assert sshsig.signer(sshsig.signature(KEY, DATA, "file"), DATA) is None
    assert not VerifyKey(b"short").signed(DATA, b"")
