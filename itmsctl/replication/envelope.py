"""The head of a batch: who sent it to whom, its number, and the size and digest of what follows, signed as a whole.

A batch is one line of canonical JSON and a stream of bytes. Nothing of the stream is read before the signature of the
line holds, and it is exactly as long as the line says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from itmsctl.errors import BatchDamagedError, BatchSignatureError, BatchTooLargeError
from itmsctl.hierarchy.signed import SignedForm, SignedObject, as_guid, as_list, as_text
from itmsctl.packages.trust.keys import SigningKey, VerifyKey
from itmsctl.values.times import from_text, to_text

FORMAT = 1
MAX_HEADER = 64 << 10
MAX_SIZE = 64 << 20  # bytes of the compressed stream
MAX_RAW = 64 << 20  # bytes of its records
MAX_RECORDS = 10_000
MAX_TEXT = 1000
LEAVES = "leaves"  # in `more` of a header: its sender unlinks who gets it, and is to be unlinked
MAX_NUMBER = 2**53 - 1
GOOD_FOR = timedelta(days=35)  # a file may lie in a drawer that long
_FORM = SignedForm(b"itmsctl batch 1\n", "signed")
_MOST = 100  # members of a list


class BatchMark(NamedTuple):
    """The number of a batch among those of one server to another: strictly increasing."""

    epoch: int
    seq: int


@dataclass(frozen=True, slots=True)
class BatchBody:
    """What a header says of the stream behind it."""

    size: int
    sha256: str
    records: int
    raw: int


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """What is signed of a batch.

    `after` is the batch that `to` is believed to have had last, None where it begins again; `have` the last one of
    `to` that the origin took in. A run is cut into parts; `last` is its end. `more` is what the sender of rules says.
    """

    origin: str
    nonce: str
    to: str
    mark: BatchMark
    after: BatchMark | None
    have: BatchMark | None
    run: str
    part: int
    last: bool
    made_at: datetime
    expires: datetime
    body: BatchBody
    above: tuple[str, ...] = ()  # who stands above the origin, the nearest first
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def rule(self) -> str:
        """Return the name of the rule that it was made for."""
        return str(self.more.get("rule", ""))

    @property
    def mode(self) -> str:
        """Return how it was made: differential, complete, event ..."""
        return str(self.more.get("mode", ""))

    def signed_form(self) -> dict[str, Any]:
        """Return the plain object that is signed."""
        return {
            "format": FORMAT,
            "origin": self.origin,
            "nonce": self.nonce,
            "to": self.to,
            "mark": list(self.mark),
            "after": _listed(self.after),
            "have": _listed(self.have),
            "run": self.run,
            "part": self.part,
            "last": self.last,
            "made_at": to_text(self.made_at),
            "expires": to_text(self.expires),
            "size": self.body.size,
            "sha256": self.body.sha256,
            "records": self.body.records,
            "raw": self.body.raw,
            "above": list(self.above),
            "more": dict(self.more),
        }


@dataclass(frozen=True, slots=True)
class OpenedHeader:
    """A header that was read and is not believed yet."""

    header: BatchHeader
    line: SignedObject

    def believed(self, key: VerifyKey) -> BatchHeader:
        """Return the header if this key signed it. Raises BatchSignatureError."""
        if not self.line.is_of(key):
            raise BatchSignatureError(
                f"batch {self.header.mark.seq} is not signed by the server that it names",
                why="it was forged or changed on its way, or that server has another key now",
                hint="itmsctl hierarchy show; where the key was changed on purpose: join again",
                details={"origin": self.header.origin},
            )
        return self.header


def sealed(header: BatchHeader, key: SigningKey) -> bytes:
    """Return the signed line of a header, with its line feed. Raises BatchTooLargeError."""
    line = _FORM.written(header.signed_form(), key)
    if len(line) > MAX_HEADER:
        raise BatchTooLargeError(f"the header of a batch has {len(line)} bytes; {MAX_HEADER} are allowed")
    return line


def opened(line: bytes) -> OpenedHeader:
    """Read a signed line, which may be anybody's. Raises BatchDamagedError, BatchTooLargeError."""
    if len(line) > MAX_HEADER:
        raise BatchTooLargeError(f"the header of a batch is longer than {MAX_HEADER} bytes")
    try:
        found = _FORM.read(line)
        header = _header(found.said)
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError) as error:
        raise BatchDamagedError(
            "this is not the header of a batch",
            why=f"{type(error).__name__} while it was read",
            hint="make the batch again: itmsctl replication export",
        ) from None
    _refuse_large(header.body)
    return OpenedHeader(header, found)


def _listed(mark: BatchMark | None) -> list[int] | None:
    return None if mark is None else list(mark)


def _header(signed: Mapping[str, Any]) -> BatchHeader:
    if signed["format"] != FORMAT:
        raise ValueError("another format")
    mark = _mark(signed["mark"])
    if mark is None or not isinstance(signed["last"], bool):
        raise ValueError("no number")
    return BatchHeader(
        origin=as_guid(signed["origin"]),
        nonce=_text(signed["nonce"]),
        to=as_guid(signed["to"]),
        mark=mark,
        after=_mark(signed["after"]),
        have=_mark(signed["have"]),
        run=_text(signed["run"]),
        part=_number(signed["part"]),
        last=signed["last"],
        made_at=from_text(_text(signed["made_at"])),
        expires=from_text(_text(signed["expires"])),
        body=BatchBody(
            _number(signed["size"]), _digest(signed["sha256"]), _number(signed["records"]), _number(signed["raw"])
        ),
        above=tuple(as_guid(one) for one in as_list(signed["above"], _MOST)),
        more=_more(signed["more"]),
    )


def _refuse_large(body: BatchBody) -> None:
    for what, value, most in (("bytes", body.size, MAX_SIZE), ("bytes of records", body.raw, MAX_RAW),
                              ("records", body.records, MAX_RECORDS)):  # fmt: skip
        if value > most:
            raise BatchTooLargeError(
                f"a batch of {value} {what} is refused: {most} are allowed",
                why="what it holds was not read",
                hint="the sender cuts its runs into parts itself: is it a server of this program?",
            )


def _mark(value: Any) -> BatchMark | None:
    if value is None:
        return None
    epoch, seq = as_list(value, _MOST)
    return BatchMark(_number(epoch), _number(seq))


def _number(value: Any) -> int:
    if type(value) is not int or not 0 <= value <= MAX_NUMBER:
        raise ValueError("not a number")
    return int(value)


def _text(value: Any) -> str:
    return as_text(value, MAX_TEXT)


def _digest(value: Any) -> str:
    text = _text(value)
    if len(bytes.fromhex(text)) != 32:
        raise ValueError("not a digest")
    return text


def _more(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
