"""The real SSH computers that credentials are tried on, and a vault."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.servers.ssh import ssh_lab

__all__ = ["ssh_lab"]

PASSPHRASE = "correct horse battery staple"


@pytest.fixture
def private(tmp_path: Path) -> Callable[[str, str], str]:
    """Write a file of mode 0600, and return its path."""

    def write(name: str, text: str) -> str:
        path = tmp_path / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    return write


@pytest.fixture
def opens(ok: Run, private: Callable[[str, str], str], environment: dict[str, str]) -> str:
    """Return a vault, whose passphrase file the environment names; return its path."""
    path = private("passphrase", PASSPHRASE + "\n")
    environment["ITMSCTL_PASSPHRASE_FILE"] = path
    ok("vault", "init")
    return path
