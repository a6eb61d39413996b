"""What a batch is by its number: the next one, one that was taken in before, a replay, a clone's, or one with a gap."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from itmsctl.replication.envelope import BatchHeader, BatchMark


class BatchStanding(enum.Enum):
    """What is done with a batch."""

    NEXT = "next"
    ALREADY = "already applied"
    REPLAYED = "replayed"
    CLONED = "cloned"
    GAP = "gap"


@dataclass(frozen=True, slots=True)
class TakenBatch:
    """The last batch of an origin that was taken in, and which instance of it sent that."""

    mark: BatchMark
    sha256: str
    nonce: str
    at: datetime


def judged(header: BatchHeader, last: TakenBatch | None, since: datetime | None = None) -> BatchStanding:
    """Return what a batch is, whose signature holds, beside the last one of its origin.

    A restored origin begins a new epoch with a new nonce. Two instances of one epoch, or two batches of one number, are
    two servers with one identity. What follows another batch than the last one here is not taken in, unless it begins
    again (`after` is None), as a complete run does after a loss. A link that was made again (at `since`) follows
    nothing: what was changed here meanwhile is not known there.
    """
    if last is None:
        return BatchStanding.NEXT if header.after is None else BatchStanding.GAP
    if header.mark.epoch == last.mark.epoch and header.nonce != last.nonce:
        return BatchStanding.CLONED
    if header.mark == last.mark:
        return BatchStanding.ALREADY if header.body.sha256 == last.sha256 else BatchStanding.CLONED
    if header.mark < last.mark:
        return BatchStanding.REPLAYED
    if header.after is None:
        return BatchStanding.NEXT
    follows = header.after == last.mark and (since is None or last.at >= since)
    return BatchStanding.NEXT if follows else BatchStanding.GAP
