"""The machine itself, by the contract of every transport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from itmsctl.transports.base import Credentials, Endpoint, Settings
from itmsctl.transports.local import LocalTransport
from tests.transports.contract import Open, TransportContract, script


class TestLocal(TransportContract):
    @pytest.fixture
    def open_to(self, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:

            def make(machine_id: str | None = None, sudo_password: str | None = None, **options: Any) -> LocalTransport:
                assert set(options) <= {field.name for field in fields(Settings)}
                endpoint = Endpoint("g", "here", (), machine_id=machine_id)
                settings = Settings(**({"run_dir": run_dir} | options))
                return stack.enter_context(LocalTransport(endpoint, Credentials(sudo_password=sudo_password), settings))

            yield make

    def test_our_environment_stays_here(self, open_to: Open, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ITMSCTL_CANARY", "S3cr3t")
        assert b"CANARY" not in open_to().run(script("env")).stdout.joined()

    def test_nothing_is_left_open(self, open_to: Open) -> None:
        transport = open_to()
        transport.run(script("true"))
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(5):
            transport.run(script("true"))
        assert len(list(Path("/proc/self/fd").iterdir())) == before
