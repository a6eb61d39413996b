"""A forced command of sshd: runs what was asked for, and spoils the reply on its way back. Standard library only.

    ForceCommand /usr/bin/python3 lying.py FOLDER

FOLDER holds `seed`, a number that each call counts up; the same number spoils a reply in the same way.
"""

from __future__ import annotations

import fcntl
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

WORDS = (
    b"DONE", b"KILLED", b"LOST", b"RUNNING", b"NEVER", b"ABSENT", b"UNSAFE", b"TORN", b"NOSTORE", b"WRONGHOST",
    b"NOINTERPRETER", b"FORGOT", b"STORED", b"SEEN", b"FILE", b"FAILED", b"READY", b"\x1b[2J", b"",
)  # fmt: skip
NUMBERS = (
    b"-1", b"255", b"256", b"2147483647", b"2147483648", b"4294967295", b"9223372036854775807", b"9223372036854775808",
    b"999999999999999999", b"1" + b"0" * 40, b"1e9", b"0x10", b"\xd9\xa3", b"nan", b"-",
)  # fmt: skip
TEXTS = (
    b"\0", b"\xff\xfe", b"\xed\xa0\x80", b"\x1b]0;owned\x07", b"\r", b"\n", b"\xe2\x80\xae", b"'; DROP TABLE run; --",
    b"{{ 7*7 }}", b"=1+1", b"\xf0\x9f\xa6\x80" * 50, b"%s%n" * 20,
)  # fmt: skip

Spoil = Callable[[random.Random, bytes], bytes]


def main(folder: Path) -> int:
    """Run the command that the client asked for; return the exit status to tell."""
    chance = random.Random(next_seed(folder / "seed"))
    asked = os.environ.get("SSH_ORIGINAL_COMMAND", "true")
    done = subprocess.run(["/bin/sh", "-c", asked], capture_output=True, check=False)
    out, err, status = done.stdout, done.stderr, done.returncode
    for _ in range(chance.choice((1, 1, 1, 2, 4))):
        out, err, status = spoiled(chance, out, err, status)
    for stream, data in ((2, err), (1, out)):
        send(stream, data)
    if chance.random() < 0.03:
        os.kill(os.getpid(), 9)
    return status & 255


def send(stream: int, data: bytes) -> None:
    """Write all of it, as far as somebody reads."""
    try:
        while data:
            data = data[os.write(stream, data) :]
    except OSError:
        return


def next_seed(path: Path) -> int:
    """Return the next number of the file."""
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        seed = int(file.read() or 0) + 1
        file.seek(0)
        file.write(str(seed))
    return seed


def spoiled(chance: random.Random, out: bytes, err: bytes, status: int) -> tuple[bytes, bytes, int]:
    """Return both streams and the exit status with one thing wrong in them."""
    where = chance.random()
    if where < 0.05:
        return out, err, chance.choice((0, 1, 126, 127, 255))
    spoil = chance.choice(SPOILS)
    return (out, spoil(chance, err), status) if where < 0.2 else (spoil(chance, out), err, status)


def flip(chance: random.Random, data: bytes) -> bytes:
    """Change some bytes."""
    changed = bytearray(data)
    for _ in range(chance.randrange(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def cut(chance: random.Random, data: bytes) -> bytes:
    """Leave a stretch out, or the rest."""
    start = chance.randrange(len(data) + 1)
    return data[:start] + (b"" if chance.random() < 0.5 else data[start + chance.randrange(1, 60) :])


def double(chance: random.Random, data: bytes) -> bytes:
    """Say a stretch twice."""
    start, end = sorted(chance.randrange(len(data) + 1) for _ in range(2))
    return data[:end] + data[start:end] * chance.randrange(1, 4) + data[end:]


def insert(chance: random.Random, data: bytes) -> bytes:
    """Put something odd in between."""
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.choice(TEXTS) * chance.choice((1, 1, 1, 2000)) + data[at:]


def number(chance: random.Random, data: bytes) -> bytes:
    """Put another number in the place of one."""
    return replaced(chance, rb"(?<= )(-|\d+(?:\.\d+)?)(?=[ \n])", data, chance.choice(NUMBERS))


def word(chance: random.Random, data: bytes) -> bytes:
    """Put another word of the protocol in the place of one."""
    return replaced(chance, rb"(?<= )[A-Z]{4,13}(?= )", data, chance.choice(WORDS))


def field(chance: random.Random, data: bytes) -> bytes:
    """Put something odd in the place of a field."""
    return replaced(chance, rb"(?<= )\S+(?=[ \n])", data, chance.choice((*TEXTS, *NUMBERS, b"x" * 5000)))


def lines(chance: random.Random, data: bytes) -> bytes:
    """Turn the order of lines round, or say one often."""
    parts = data.splitlines(keepends=True)
    chance.shuffle(parts)
    return b"".join(parts) + (parts[0] * 200 if parts and chance.random() < 0.5 else b"")


def flood(chance: random.Random, data: bytes) -> bytes:
    """Say far too much, before or after."""
    noise = bytes([chance.randrange(256)]) * chance.choice((5_000, 300_000, 2_000_000))
    return noise + data if chance.random() < 0.5 else data + noise


def replaced(chance: random.Random, pattern: bytes, data: bytes, by: bytes) -> bytes:
    """Replace one match of a pattern."""
    found = list(re.finditer(pattern, data[:8192]))
    if not found:
        return flip(chance, data)
    match = chance.choice(found)
    return data[: match.start()] + by + data[match.end() :]


SPOILS: tuple[Spoil, ...] = (flip, cut, double, insert, number, number, number, word, word, field, field, lines, flood)

if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
