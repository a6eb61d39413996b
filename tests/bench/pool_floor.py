"""The floor of `fanout.py`: a bare pool of paramiko transports that sends the same wrapper, and keeps nothing.

    python tests/bench/pool_floor.py CALLS.json KEY THREADS

CALLS.json is a list of [host, port, user, command line, standard input].
"""

from __future__ import annotations

import json
import socket
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import paramiko


def call(host: str, port: int, user: str, line: str, body: str, key: paramiko.PKey) -> bool:
    """Run one command line on one computer and return whether it ended well."""
    sock = socket.create_connection((host, port), 20)
    transport = paramiko.Transport(sock)
    try:
        transport.start_client(timeout=20)
        transport.auth_publickey(user, key)
        channel = transport.open_session(timeout=20)
        channel.exec_command(line)
        channel.sendall(body.encode())
        channel.shutdown_write()
        out = b""
        while chunk := channel.recv(65536):
            out += chunk
        return channel.recv_exit_status() == 0 and b" DONE 0 " in out
    finally:
        transport.close()


def main() -> int:
    """Call them all; the exit status is the number of failures."""
    calls: list[tuple[str, int, str, str, str]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    key = paramiko.PKey.from_path(sys.argv[2])
    with ThreadPoolExecutor(int(sys.argv[3])) as pool:
        done = list(pool.map(lambda c: call(c[0], c[1], c[2], c[3], c[4], key), calls))
    return min(100, done.count(False))


if __name__ == "__main__":
    sys.exit(main())
