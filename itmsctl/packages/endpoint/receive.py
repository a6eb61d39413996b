"""Read a package as a tar stream, write its files, and make their digests while they are written.

It runs on endpoints, by `python3 -c`, from Python 3.6 on. It takes standard input only once all that it needs is
there, so that tar can still have it where this Python will not do. `./have` then holds `SHA256  ./PATH` of each file
below `f/`.
"""

import contextlib
import hashlib
import os
import queue
import sys
import threading

BLOCK = 512
BUFFER = 1 << 20
# What is smaller is hashed at once; a thread costs more.
ALONE = 1 << 17


class Digester(threading.Thread):
    """Hashes buffers beside who writes them, and hands them back."""

    def __init__(self, count: int) -> None:
        super().__init__(daemon=True)
        self.free = queue.Queue()  # type: queue.Queue[bytearray]
        self.full = queue.Queue()  # type: queue.Queue[tuple[bytearray, int]]
        self.made = hashlib.sha256()
        for _ in range(count):
            self.free.put(bytearray(BUFFER))

    def run(self) -> None:
        """Make digests of what comes."""
        while True:
            data, size = self.full.get()
            self.made.update(memoryview(data)[:size])
            self.free.put(data)
            self.full.task_done()

    def digest(self) -> str:
        """Return the digest of all since the last one."""
        self.full.join()
        made, self.made = self.made, hashlib.sha256()
        return made.hexdigest()


def fill(data: memoryview) -> None:
    """Read so many bytes. Raises EOFError where the stream ends before."""
    while data:
        size = os.readv(0, [data])
        if not size:
            raise EOFError
        data = data[size:]


def write(file: int, data: memoryview) -> None:
    """Write all of it."""
    while data:
        data = data[os.write(file, data) :]


class Receiver:
    """The members of one stream."""

    def __init__(self) -> None:
        self.block = bytearray(BUFFER)
        self.lines = []  # type: list[bytes]
        self.folders = set()  # type: set[bytes]
        self.digester = None  # type: Digester | None

    def members(self) -> bool:
        """Write members until the stream ends; return whether the last one proves that all came."""
        ended, path = False, b""
        head = memoryview(self.block)[:BLOCK]
        while True:
            fill(head)
            data = bytes(head)
            if not data.strip(b"\0"):
                return ended
            size, kind = number(data[124:136]), data[156:157]
            if kind == b"L":
                path = self.small(size).rstrip(b"\0")
                continue
            path = path or data[:100].split(b"\0")[0]
            self.add(path, int(data[100:108].strip(b" \0"), 8), size)
            ended, path = path == b"end", b""

    def small(self, size: int) -> bytes:
        """Return the content of a small member, without what fills up its last block."""
        view = memoryview(self.block)[: size + -size % BLOCK]
        fill(view)
        return bytes(view[:size])

    def add(self, path: bytes, mode: int, size: int) -> None:
        """Write one file."""
        folder = path.rpartition(b"/")[0]
        if folder and folder not in self.folders:
            os.makedirs(folder, 0o700, exist_ok=True)
            self.folders.add(folder)
        # Nothing is written to that was there before: what was is taken away by who calls this.
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode & 0o777)
        try:
            digest = self.content(file, size)
        finally:
            os.close(file)
        if path.startswith(b"f/"):
            self.lines.append(digest.encode("ascii") + b"  ./" + path[2:] + b"\n")

    def content(self, file: int, size: int) -> str:
        """Write the content of a file, and return its digest."""
        if size <= ALONE:
            small = self.small(size)
            write(file, memoryview(small))
            return hashlib.sha256(small).hexdigest()
        if self.digester is None:
            self.digester = Digester(4)
            self.digester.start()
        left = size
        while left:
            data = self.digester.free.get()
            part = memoryview(data)[: min(left, BUFFER)]
            fill(part)
            self.digester.full.put((data, len(part)))
            write(file, part)
            left -= len(part)
        fill(memoryview(self.block)[: -size % BLOCK])
        return self.digester.digest()


def number(field: bytes) -> int:
    """Return a number of a head: octal, or binary where it is large."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    return int(field.strip(b" \0") or b"0", 8)


def main() -> int:
    """Take the stream; return 0 where all of it came."""
    os.umask(0)
    receiver = Receiver()
    file = os.open("have", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with contextlib.suppress(OSError, AttributeError):
        import fcntl

        fcntl.fcntl(0, 1031, BUFFER)  # F_SETPIPE_SZ: fewer turns between who sends and who writes
    try:
        if not receiver.members():
            return 1
    except (EOFError, OSError, ValueError) as error:
        sys.stderr.write(str(error) or "the stream was cut")
        return 1
    while os.read(0, BLOCK):
        pass
    write(file, memoryview(b"".join(sorted(receiver.lines))))
    os.close(file)
    return 0


if __name__ == "__main__":
    sys.exit(main())
