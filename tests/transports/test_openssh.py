"""SSH by the `ssh` program against the real OpenSSH server: the contract, ssh_config, host keys, broken links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from examples.lab.ssh_endpoints import Lab
from itmsctl.transports.base import Settings
from itmsctl.transports.openssh import OpensshTransport
from tests.servers.chaos import ChaosProxy
from tests.servers.ssh import lab_credentials, lab_endpoint
from tests.transports.contract import Open, TransportContract


def opener(lab: Lab, run_dir: str, stack: ExitStack) -> Open:
    def make(
        machine_id: str | None = None,
        sudo_password: str | None = None,
        through: ChaosProxy | None = None,
        endpoint: dict[str, Any] | None = None,
        **options: Any,
    ) -> OpensshTransport:
        place = replace(lab_endpoint(lab, machine_id=machine_id), **(endpoint or {}))
        if through is not None:
            place = replace(place, addresses=(through.host,), port=through.port)
        credentials = replace(lab_credentials(lab), sudo_password=sudo_password)
        # Nobody's own ssh_config may decide what a test does.
        given = {"run_dir": run_dir, "ssh_config": Path("/dev/null")} | options
        return stack.enter_context(OpensshTransport(place, credentials, Settings(**given)))

    return make


class TestOpenssh(TransportContract):
    @pytest.fixture
    def open_to(self, ssh_lab: Lab, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(ssh_lab, run_dir, stack)
