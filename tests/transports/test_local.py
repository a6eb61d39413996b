"""The machine itself, by the contract of every transport."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
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

    def test_what_goes_away_while_it_is_listed_hides_nothing_else(
        self, open_to: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("a", "b", "c"):
            (tmp_path / name).touch()
        scandir = os.scandir

        @contextmanager
        def slow(path: str) -> Iterator[list[os.DirEntry[str]]]:
            with scandir(path) as folder:
                entries = list(folder)
            (tmp_path / "b").unlink()
            yield entries

        monkeypatch.setattr(os, "scandir", slow)
        assert sorted(e.name for e in open_to().list(str(tmp_path)).entries) == ["a", "c"]
