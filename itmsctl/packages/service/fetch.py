"""Files of a package that an endpoint takes from servers itself; none of them is trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from itmsctl.errors import TransferError
from itmsctl.packages.fetching import Fetched, fetched, source_lines, want_lines
from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.packages.service.stocking import Stocking, member
from itmsctl.packages.stock import listing, piece_listing
from itmsctl.transports.conversing import Dialogue, Stocker
from itmsctl.transports.failures import shown
from itmsctl.transports.packing import Packer

RATE = 10_000  # bytes a second below which, over SLOW_S, a source is left for the next one
SLOW_S = 60


def take_from_sources(stocking: Stocking, bases: Sequence[str], *, rate: int = RATE, slow_s: int = SLOW_S) -> Fetched:
    """Have an endpoint take what it lacks from sources in their order, and return what came from where.

    What then is there is made visible by `Stocking.put`, which sends what is lacking still. Raises ItmsError.
    """
    manifest = stocking.manifest
    members = {
        "list": listing(manifest),
        "pieces": piece_listing(manifest),
        "sources": source_lines(bases),
        "wants": want_lines(manifest),
        "end": b"",
    }

    def send(out: Stocker) -> None:
        packer = Packer(out)
        for name, data in members.items():
            packer.add(member(name, 0o600), data)
        packer.end()

    talk = Dialogue(
        program_text("cache", "fetch"),
        names={
            "digest": manifest.digest,
            "list": hashlib.sha256(members["list"]).hexdigest(),
            "cache": stocking.cache,
            "rate": str(rate),
            "slow": str(slow_s),
        },
        asks={"WANT": lambda _: send},
        run_as=stocking.run_as,
        limit_s=stocking.limit_s + len(bases) * (slow_s + manifest.size / rate),
        size=sum(map(len, members.values())),
    )
    said = stocking.said(talk)
    if said.word == "WHOLE":
        return Fetched({}, (), 0)
    if (torn := said.last("TORN")) is not None:
        name = shown(stocking.transport.endpoint.name)
        raise TransferError(f"{name} could not take {manifest.name} from servers", why=shown(torn))
    return fetched(said.lines)
