"""Private keys as people have them: every format that ssh reads is read, and what is none is named for what it is."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.errors import PrivateKeyError
from itmsctl.transports.endpoint import Credentials, PrivateKey
from itmsctl.transports.ssh_keys import load_key, login_keys, read_key

Make = Callable[..., Path]
PHRASE = "pass phrase"


def openssh(path: Path, kind: str, *options: str, phrase: str = "") -> None:
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *options, "-N", phrase, "-f", path], check=True)


def openssl(path: Path, *options: str) -> None:
    subprocess.run(["openssl", *options, "-out", path], check=True, capture_output=True)
    path.chmod(0o600)


GOOD: dict[str, Callable[[Path], None]] = {
    "ed25519": lambda p: openssh(p, "ed25519"),
    "ecdsa": lambda p: openssh(p, "ecdsa"),
    "rsa": lambda p: openssh(p, "rsa", "-b", "2048"),
    "rsa-pem": lambda p: openssh(p, "rsa", "-b", "2048", "-m", "PEM"),
    "rsa-pkcs8": lambda p: openssl(p, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
    "ed25519-pkcs8": lambda p: openssl(p, "genpkey", "-algorithm", "ED25519"),
    "ecdsa-sec1": lambda p: openssl(p, "ecparam", "-name", "prime256v1", "-genkey", "-noout"),
}
ENCRYPTED: dict[str, Callable[[Path], None]] = {
    "ed25519": lambda p: openssh(p, "ed25519", phrase=PHRASE),
    "rsa-pem": lambda p: openssh(p, "rsa", "-b", "2048", "-m", "PEM", phrase=PHRASE),
    "rsa-pkcs8": lambda p: openssl(
        p, "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-aes-256-cbc", "-pass", f"pass:{PHRASE}"
    ),
}


@pytest.mark.parametrize("form", GOOD)
def test_a_key_of_each_format_is_read_and_signs(tmp_path: Path, form: str) -> None:
    path = tmp_path / "key"
    GOOD[form](path)
    key = load_key(path)
    if form != "ed25519-pkcs8":  # which OpenSSH itself has read only since 9.6
        own = subprocess.run(["ssh-keygen", "-y", "-f", path], check=True, capture_output=True, text=True).stdout
        assert own.split()[:2] == [key.get_name(), key.get_base64()]
    assert key.sign_ssh_data(b"data")
    text = path.read_text()
    for written in (text, text.replace("\n", "\r\n"), text.rstrip("\n")):
        held = read_key(PrivateKey(form, written.replace("\r\n", "\n")))
        assert held.asbytes() == key.asbytes()
        path.write_text(written, newline="")
        assert load_key(path).asbytes() == key.asbytes()


@pytest.mark.parametrize("form", ENCRYPTED)
def test_an_encrypted_key_is_named_so_and_read_with_its_passphrase(tmp_path: Path, form: str) -> None:
    path = tmp_path / "my key"
    ENCRYPTED[form](path)
    with pytest.raises(PrivateKeyError, match="is encrypted") as caught:
        load_key(path)
    assert caught.value.exit_status == 3
    for part in (f"ssh-add '{path}'", "--agent", "--key-passphrase-file"):
        assert part in caught.value.hint
    assert read_key(PrivateKey("k", path.read_text(), PHRASE)).get_name() in ("ssh-ed25519", "ssh-rsa")
    for phrase, why in ((None, "it is encrypted, and no passphrase"), ("wrong", "its passphrase is wrong")):
        with pytest.raises(PrivateKeyError) as refused:
            read_key(PrivateKey("k", path.read_text(), phrase))
        assert why in refused.value.why
        assert refused.value.hint == "--key-passphrase-file FILE"


def test_what_is_no_private_key_is_named_for_what_it_is(tmp_path: Path) -> None:
    key = tmp_path / "key"
    openssh(key, "ed25519")
    openssh(tmp_path / "ca", "ed25519")
    sign = ["ssh-keygen", "-q", "-s", f"{tmp_path}/ca", "-I", "x", "-n", "root", f"{tmp_path}/key.pub"]
    subprocess.run(sign, check=True)
    (tmp_path / "putty").write_text("PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")
    (tmp_path / "junk").write_text("hello\n")
    (tmp_path / "empty").write_text("")
    (tmp_path / "torn").write_text(key.read_text()[:120])
    (tmp_path / "huge").write_bytes(b"x" * 100_000)
    openssl(tmp_path / "curve", "ecparam", "-name", "secp224r1", "-genkey", "-noout")
    cases = {
        "key.pub": ("it is a public key", f"--key {key}"),
        "key-cert.pub": ("it is a certificate", f"--key {key}"),
        "putty": ("it is a PuTTY key", "puttygen"),
        "junk": ("it is no private key", "ssh-keygen -y"),
        "empty": ("it is no private key", "ssh-keygen -y"),
        "torn": ("", ""),
        "huge": ("longer than", ""),
        "curve": ("unknown kind of key", "--transport openssh"),
        "missing": ("No such file", ""),
    }
    for name, (why, hint) in cases.items():
        with pytest.raises(PrivateKeyError) as caught:
            load_key(tmp_path / name)
        assert why in caught.value.why, name
        assert hint in caught.value.hint, name
        assert str(tmp_path / name) in caught.value.message


def test_a_certificate_is_offered_first_and_its_key_after_it(tmp_path: Path) -> None:
    key = tmp_path / "key"
    openssh(key, "ed25519")
    openssh(tmp_path / "ca", "ed25519")
    sign = ["ssh-keygen", "-q", "-s", f"{tmp_path}/ca", "-I", "x", "-n", "root", f"{tmp_path}/key.pub"]
    subprocess.run(sign, check=True)
    with_certificate = key.read_text() + (tmp_path / "key-cert.pub").read_text()
    wanted = ["ssh-ed25519-cert-v01@openssh.com", "ssh-ed25519"]
    for credentials in (
        Credentials(key_files=(key,)),
        Credentials(private_keys=(PrivateKey("k", with_certificate),)),
    ):
        with login_keys(credentials) as found:
            assert [each.label.split()[0] for each in found] == wanted
    (tmp_path / "key-cert.pub").unlink()
    with login_keys(Credentials(key_files=(key,))) as found:
        assert [each.label.split()[0] for each in found] == ["ssh-ed25519"]
