"""The real SSH computers that the scenarios run on."""

from tests.servers.ssh import ssh_lab

__all__ = ["ssh_lab"]
