"""A web server over a folder of packages, which may send other bytes, too many, too few, or slowly."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

Manner = Literal["good", "no ranges", "flip", "long", "cut", "drip", "gone"]


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, root: Path, manner: Manner) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.root, self.manner = root, manner
        self.starts: list[int] = []

    def handle_error(self, *_: object) -> None:
        """Say nothing of visitors that went away."""


class _Answer(http.server.BaseHTTPRequestHandler):
    server: _Server

    def log_message(self, *_: object) -> None:
        """Keep no log."""

    def do_GET(self) -> None:
        manner = self.server.manner
        path = self.server.root / unquote(self.path.lstrip("/"))
        if manner == "gone" or not path.is_file():
            self.send_error(404)
            return
        data = bytearray(path.read_bytes())
        if manner == "flip" and data:
            data[len(data) // 2] ^= 1
        said = self.headers.get("Range") if manner != "no ranges" else None
        start = int(said.split("=")[1].split("-")[0]) if said else 0
        self.server.starts.append(start)
        self.send_response(206 if said else 200)
        if said:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        if manner != "long":
            self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        self._body(bytes(data[start:]), manner)

    def _body(self, data: bytes, manner: Manner) -> None:
        if manner == "drip":
            for byte in data[:20]:
                self.wfile.write(bytes([byte]))
                time.sleep(0.5)
        if manner == "cut" and len(data) > 1_000_000:
            self.wfile.write(data[: len(data) * 2 // 3])
            self.connection.close()
            return
        self.wfile.write(data)
        while manner == "long":
            self.wfile.write(bytes(65_536))


@contextmanager
def web(root: Path, manner: Manner = "good") -> Iterator[tuple[str, list[int]]]:
    """Yield the URL of a server, and from which byte on it was asked."""
    server = _Server(root, manner)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.starts
    finally:
        server.shutdown()
        server.server_close()
