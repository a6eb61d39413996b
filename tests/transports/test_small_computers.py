"""The contract on computers that have little or are ill: other login shells, busybox alone, homes without room."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from itmsctl.transports.base import Settings, Transport
from itmsctl.transports.openssh import OpensshTransport
from itmsctl.transports.ssh import SshTransport
from tests.servers.accounts import BUSYBOX, HOMES, SHELLS, Account, accounts
from tests.transports.contract import Open, TransportContract

ENGINES: dict[str, type[SshTransport | OpensshTransport]] = {"ssh": SshTransport, "openssh": OpensshTransport}


def opener(account: Account, engine: str, stack: ExitStack, run_dir: str | None) -> Open:
    def make(machine_id: str | None = None, sudo_password: str | None = None, **options: Any) -> Transport:
        endpoint = replace(account.endpoint, machine_id=machine_id)
        credentials = replace(account.credentials, sudo_password=sudo_password)
        given = {"run_dir": run_dir, "ssh_config": Path("/dev/null")} | options
        return stack.enter_context(ENGINES[engine](endpoint, credentials, Settings(**given)))

    return make


class Small(TransportContract):
    """In CI, what is marked `small`; all of it by a command."""

    only_small = True

    @pytest.fixture(params=ENGINES)
    def engine(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


class TestLoginShells(Small):
    @pytest.fixture(params=SHELLS)
    def open_to(self, request: pytest.FixtureRequest, engine: str, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(accounts()[request.param], engine, stack, run_dir)


class TestBusyboxByOpenssh(Small):
    interpreters = frozenset({"sh"})

    @pytest.fixture(params=["openssh"])
    def engine(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture
    def open_to(self, engine: str, run_dir: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(accounts(busybox_only=True)[BUSYBOX], engine, stack, run_dir)


class TestBusybox(TestBusyboxByOpenssh):
    """Its programs are others, so all of it is tried."""

    only_small = False

    @pytest.fixture(params=["ssh"])
    def engine(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)


class InAHome(Small):
    """As somebody who is not root, in the usual folder of markers."""

    home: str

    def give(self, folder: Path) -> None:
        user_id = accounts()[self.home].user_id
        for path in (folder, *folder.rglob("*")):
            os.lchown(path, user_id, user_id)

    @pytest.fixture
    def tmp_path(self) -> Iterator[Path]:
        account = accounts()[self.home]
        folder = Path(tempfile.mkdtemp(dir=account.folder))
        os.chown(folder, account.user_id, account.user_id)
        yield folder
        shutil.rmtree(folder)

    @pytest.fixture
    def open_to(self, engine: str) -> Iterator[Open]:
        with ExitStack() as stack:
            yield opener(accounts()[self.home], engine, stack, None)


class TestFullHome(InAHome):
    home = "full"


class TestReadOnlyHome(InAHome):
    home = "readonly"


class TestMissingHome(InAHome):
    home = "none"
    has_home = False


class TestNoexecHome(InAHome):
    home = "noexec"


def test_every_kind_of_home_is_tried() -> None:
    assert {kind.home for kind in InAHome.__subclasses__()} == set(HOMES)
