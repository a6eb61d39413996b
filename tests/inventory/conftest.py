"""Computers to gather inventory from: this machine under several names, and the SSH lab."""

from __future__ import annotations

from tests.tasks.conftest import lab, local, ssh_lab, sweep

__all__ = ["lab", "local", "ssh_lab", "sweep"]
