"""A key of the vault brings the certificate that lies beside its file; an expired one is no obstacle."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd, write_key
from tests.conftest import Run
from tests.servers import missing
from tests.servers.ssh import NO_RC_FILES


@pytest.fixture
def trusting(tmp_path: Path) -> Iterator[Lab]:
    """Return a computer that lets in who has a certificate, and nobody by a key alone."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    write_key(tmp_path / "ca")
    options = [f"TrustedUserCAKeys {tmp_path / 'ca.pub'}", "AuthorizedKeysFile none", NO_RC_FILES]
    lab = Lab(1, tmp_path / "lab", engine="openssh", network=55, options=options)
    yield lab
    lab.stop()


def test_a_key_of_the_vault_brings_its_certificate(
    run: Run, ok: Run, opens: str, trusting: Lab, tmp_path: Path
) -> None:
    lab, key = trusting, str(trusting.key_file)
    ok("computer", "add", "web1", "--address", lab.hosts[0], "--port", str(lab.port), "--user", lab.user)
    ok("host-key", "scan", "--all", "--accept")
    ok("credential", "add", "plain", "--kind", "ssh-key", "--secret-file", key)
    assert run("credential", "test", "plain", "--computer", "web1").code == 8
    sign = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-I", "x", "-n", lab.user]
    subprocess.run([*sign, "-V", "-5m:+1h", f"{key}.pub"], check=True)
    ok("credential", "add", "certified", "--kind", "ssh-key", "--secret-file", key)
    assert "publickey" in ok("credential", "test", "certified", "--computer", "web1").out
    subprocess.run([*sign, "-V", "-10d:-5d", f"{key}.pub"], check=True)
    assert "updated" in ok("credential", "rotate", "certified", "--secret-file", key).err
    refused = run("credential", "test", "certified", "--computer", "web1")
    assert (refused.code, "ssh-ed25519-cert-v01@openssh.com" in refused.err) == (8, True), refused.err
