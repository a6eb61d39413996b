"""The set-up where pip itself has to be fetched: from an index on this machine, checked before anything is run."""

from __future__ import annotations

import base64
import hashlib
import http.server
import importlib.util
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.house import ROOT

WHEEL = b"not really a wheel, but it has a hash"
GOOD = hashlib.sha256(WHEEL).hexdigest()


def entry(version: str, sha256: str = GOOD, **more: Any) -> dict[str, Any]:
    name = f"pip-{version}-py3-none-any.whl"
    return {"filename": name, "url": f"../files/{name}", "hashes": {"sha256": sha256}, **more}


class Index(http.server.BaseHTTPRequestHandler):
    """A package index that knows one project and may ask for a password."""

    files: tuple[dict[str, Any], ...] = ()
    password = ""
    as_json = True

    def do_GET(self) -> None:
        wanted = "Basic " + base64.b64encode(f"me:{self.password}".encode()).decode()
        if self.password and self.headers.get("Authorization") != wanted:
            self.send_error(401)
        elif self.path == "/simple/pip/":
            page = json.dumps({"files": self.files}) if self.as_json else "<html></html>"
            self._send(page.encode())
        elif self.path.startswith("/simple/files/"):
            self._send(WHEEL)
        else:
            self.send_error(404)

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name that the server asks for
        """Be quiet."""


@pytest.fixture
def setup() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_venv", ROOT / ".ci/make_venv.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Index]]:
    for name in ("PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_PROXY", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))

    class Mine(Index):
        files = (entry("24.0"),)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Mine)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple/")
    yield Mine
    server.shutdown()
    server.server_close()


def test_the_newest_release_that_runs_here_is_taken(setup: ModuleType, index: type[Index], tmp_path: Path) -> None:
    index.files = (
        entry("9.0.1"),
        entry("24.10"),
        entry("24.9"),
        entry("25.0b1"),
        entry("26.0", yanked="broken"),
        entry("27.0", **{"requires-python": ">=3.99"}),
        {"filename": "pip-30.0.tar.gz", "url": "x", "hashes": {"sha256": GOOD}},
        {"filename": "pip-31.0-py3-none-any.whl", "url": "x", "hashes": {}},
    )
    assert setup.fetch_pip(tmp_path).name == "pip-24.10-py3-none-any.whl"
    assert (tmp_path / "pip-24.10-py3-none-any.whl").read_bytes() == WHEEL


def test_a_wheel_that_is_not_what_the_index_says_is_refused(
    setup: ModuleType, index: type[Index], tmp_path: Path
) -> None:
    index.files = (entry("24.0", sha256="0" * 64),)
    with pytest.raises(SystemExit, match="sha256 differs"):
        setup.fetch_pip(tmp_path)
    assert list(tmp_path.glob("*.whl")) == []


def test_a_password_in_the_address_is_sent_and_never_said(
    setup: ModuleType, index: type[Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index.password = "s3cret@"
    address = setup.setting("index-url")
    with pytest.raises(SystemExit) as refused:
        setup.fetch_pip(tmp_path)
    assert "401" in str(refused.value)
    monkeypatch.setenv("PIP_INDEX_URL", address.replace("//", "//me:wrong@"))
    with pytest.raises(SystemExit) as wrong:
        setup.fetch_pip(tmp_path)
    assert "wrong" not in str(wrong.value)
    monkeypatch.setenv("PIP_INDEX_URL", address.replace("//", "//me:s3cret%40@"))
    assert setup.fetch_pip(tmp_path).exists()


def test_the_index_of_pips_own_configuration_is_asked(
    setup: ModuleType, index: type[Index], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = setup.setting("index-url")
    monkeypatch.delenv("PIP_INDEX_URL")
    (tmp_path / "config/pip").mkdir(parents=True)
    (tmp_path / "config/pip/pip.conf").write_text(f"[global]\nindex-url = {address}\n")
    assert setup.setting("index-url") == address
    assert setup.fetch_pip(tmp_path).exists()


def test_an_index_in_clear_on_another_machine_is_refused(
    setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("http://pypi.example.net/simple", "file:///etc"):
        monkeypatch.setenv("PIP_INDEX_URL", address)
        with pytest.raises(SystemExit, match="asked over https"):
            setup.fetch_pip(tmp_path)


def test_an_index_without_json_is_told_with_a_way_out(setup: ModuleType, index: type[Index], tmp_path: Path) -> None:
    index.as_json = False
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        setup.fetch_pip(tmp_path)


def test_nothing_is_done_twice(setup: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The stamp says for what the environment was made; fewer extras are there too, more are not."""
    monkeypatch.setattr(setup, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(setup, "PYTHON", tmp_path / "stamp")
    assert not setup.is_made([])
    setup.STAMP.write_text(f"{setup.wanted()}\ndev\n")
    assert setup.is_made([])
    assert setup.is_made(["dev"])
    assert not setup.is_made(["dev", "postgres"])
    setup.STAMP.write_text("another project\ndev\n")
    assert not setup.is_made(["dev"])
