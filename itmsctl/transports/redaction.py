"""Secrets taken out of what is kept: by value, in the forms in which a program echoes them (HE13, OP6)."""

from __future__ import annotations

import base64
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote

from itmsctl.transports.outcome import Captured, CommandOutcome

SHOWN = b"[redacted]"
# Shorter secrets would tear harmless text apart; they are weak enough to be found anyway.
SHORTEST = 4
_LINE = 16  # of a secret of several lines, what is long enough to be looked for by itself
_WRAPPED = (60, 64, 76)  # where xxd, openssl and base64 break their lines


@lru_cache(maxsize=64)
def forms(secret: str) -> tuple[bytes, ...]:
    """Return the byte strings under which a secret may appear, longest first: plain, quoted, base64, hex.

    What is inside a longer text that was encoded as a whole is found too. Of a secret of several lines, such as a
    private key, each line is one of its forms, and each line of its encodings as common programs wrap them.
    """
    raw = secret.encode("utf-8", "surrogateescape")
    if len(raw) < SHORTEST:
        return ()
    found = {raw, shlex.quote(secret).encode("utf-8", "surrogateescape"), quote(raw).encode("ascii")}
    found.update((quote(raw, safe="").encode("ascii"), raw.hex().encode("ascii"), raw.hex().upper().encode("ascii")))
    found.update(_base64(raw))
    lines = [line for line in raw.splitlines() if len(line) >= _LINE and not line.startswith(b"-----")]
    if lines and b"\n" in raw.strip():
        found.update((*lines, b"".join(lines), raw.replace(b"\n", b"\r\n")))
    for encoded in (base64.b64encode(raw), raw.hex().encode("ascii")) if len(raw) > _WRAPPED[0] * 3 // 4 else ():
        for width in _WRAPPED:
            found.update(encoded[n : n + width] for n in range(0, len(encoded) - _LINE, width))
    return tuple(sorted(found, key=len, reverse=True))


def _base64(raw: bytes) -> Iterator[bytes]:
    # Three bytes make four characters: where the secret begins inside its three decides how it looks. The characters
    # at its ends that hold bits of its neighbours are left out.
    for before, cut in ((0, 0), (1, 2), (2, 3)):
        text = base64.b64encode(bytes(before) + raw)[cut : (before + len(raw)) * 8 // 6]
        if len(text) > SHORTEST:
            yield text
            yield text.translate(bytes.maketrans(b"+/", b"-_"))


def redacted(data: bytes, secrets: Iterable[str]) -> bytes:
    """Return the bytes with every form of every secret replaced."""
    for secret in secrets:
        for form in forms(secret):
            if form in data:
                data = data.replace(form, SHOWN)
    return data


def _captured(stream: Captured, secrets: tuple[str, ...]) -> Captured:
    if stream.tail and not stream.dropped:
        # Head and tail meet: a secret may lie across the seam.
        cut, whole = len(stream.head), redacted(stream.joined(), secrets)
        if whole != stream.joined():
            return replace(stream, head=whole[:cut], tail=whole[cut:])
        return stream
    head, tail = redacted(stream.head, secrets), redacted(stream.tail, secrets)
    if stream.dropped:
        head, tail = _without_torn_end(head, secrets), _without_torn_start(tail, secrets)
    if head == stream.head and tail == stream.tail:
        return stream
    return replace(stream, head=head, tail=tail)


def _without_torn_end(head: bytes, secrets: tuple[str, ...]) -> bytes:
    for form in (form for secret in secrets for form in forms(secret)):
        for size in range(len(form) - 1, SHORTEST - 1, -1):
            if head.endswith(form[:size]):
                return head[:-size] + SHOWN
    return head


def _without_torn_start(tail: bytes, secrets: tuple[str, ...]) -> bytes:
    for form in (form for secret in secrets for form in forms(secret)):
        for size in range(len(form) - 1, SHORTEST - 1, -1):
            if tail.startswith(form[-size:]):
                return SHOWN + tail[size:]
    return tail


def redacted_text(text: str, secrets: tuple[str, ...]) -> str:
    """Return words of an endpoint with no secret in them."""
    if not secrets:
        return text
    return redacted(text.encode("utf-8", "surrogateescape"), secrets).decode("utf-8", "surrogateescape")


def redacted_outcome(outcome: CommandOutcome, secrets: tuple[str, ...]) -> CommandOutcome:
    """Return the outcome with no secret in its streams. `total` stays what the endpoint wrote.

    Its message is made of our own words, and of others' that were redacted before.
    """
    if not secrets:
        return outcome
    return replace(outcome, stdout=_captured(outcome.stdout, secrets), stderr=_captured(outcome.stderr, secrets))
