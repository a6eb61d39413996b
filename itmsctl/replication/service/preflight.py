"""Whether servers that are linked can work together: each requirement of C9, passed or not, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from itmsctl import __version__
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import Reader
from itmsctl.errors import (
    AuthFailedError,
    HostKeyChangedError,
    ItmsError,
    NotFoundError,
    PeerReplyError,
    PortRefusedError,
    UnresolvableError,
)
from itmsctl.hierarchy.peer import ADVISED_CHILDREN, DIRECT, FILE, SSH, Peer
from itmsctl.hierarchy.service import identity, peers
from itmsctl.hierarchy.service.management_server import MANAGEMENT_SERVERS
from itmsctl.hierarchy.ssh_address import read_address
from itmsctl.replication.service.channels import channel_to
from itmsctl.replication.standing import SKEW_S
from itmsctl.sites.rows import server_service, server_site, site, subnet
from itmsctl.transports.neighbourhood import addresses_of
from itmsctl.values.times import from_text
from itmsctl.values.untrusted import shell_arg

PASS, FAIL, OPEN = "pass", "fail", "unknown"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement, of this server or of a link."""

    server: str
    what: str
    verdict: str
    found: str
    fix: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the flat object of JSON output; what passes has nothing to fix."""
        return {"server": self.server, "what": self.what, "verdict": self.verdict, "found": self.found,
                "fix": "" if self.verdict == PASS else self.fix}  # fmt: skip


def checked(store: Store, name: str | None = None) -> Iterator[Requirement]:
    """Yield each requirement of this server and of its links, or of one of them; nothing is changed, here or there.

    Neighbours are contacted. Raises CopyActsError, NoIdentityError, NotFoundError.
    """
    store.acting()
    with store.read() as reader:
        own = peers.own(reader)
        linked = peers.neighbours(reader) if name is None else [peers.get(reader, name)]
        mine = [*_children(reader, own), *_site(reader, own.name)]
    yield _tried(own.name, "key of this server", lambda: _key(store, own), "put the file back from a backup")
    yield from mine
    for peer in linked:
        yield from _link(store, peer)


def _key(store: Store, own: Peer) -> str:
    identity.signing_key(store, own)
    return str(identity.key_path(store))


def _children(reader: Reader, own: Peer) -> Iterator[Requirement]:
    count = len(peers.children(reader))
    verdict = PASS if count <= ADVISED_CHILDREN else FAIL
    yield Requirement(own.name, "at most six children (HIER-2)", verdict, str(count), "put some below another server")


def _site(reader: Reader, name: str) -> Iterator[Requirement]:
    """Yield whether a server has a site with its own subnet, and a package server there (HIER-9)."""
    what_site, what_package = "site with its own subnet (HIER-9)", "package server in its site (HIER-9)"
    found = MANAGEMENT_SERVERS.find(reader, name)
    place = found.fields["site"] if found is not None else None
    if place is None:
        fix = f"itmsctl management-server set {shell_arg(name)} --site SITE"
        yield Requirement(name, what_site, FAIL, "no site is said", fix)
        yield Requirement(name, what_package, FAIL, "no site is said", fix)
        return
    nets = reader.scalar(
        sa.select(sa.func.count())
        .select_from(subnet.join(site, site.c.id == subnet.c.site_id))
        .where(site.c.name == place)
    )
    yield Requirement(name, what_site, PASS if nets else FAIL, f"{place}: {nets} subnets",
                      f"itmsctl subnet add CIDR --site {shell_arg(place)}")  # fmt: skip
    served = server_site.join(server_service, server_service.c.server_id == server_site.c.server_id)
    count = reader.scalar(
        sa.select(sa.func.count())
        .select_from(served.join(site, site.c.id == server_site.c.site_id))
        .where(site.c.name == place, server_service.c.service == "package")
    )
    yield Requirement(name, what_package, PASS if count else FAIL, f"{place}: {count} package servers",
                      f"itmsctl server add NAME --service package --site {shell_arg(place)}")  # fmt: skip


def _link(store: Store, peer: Peer) -> Iterator[Requirement]:
    rejoin = "itmsctl hierarchy leave, on both; then link them again"
    fix = f"itmsctl hierarchy trust {shell_arg(peer.name)}"
    yield _tried(peer.name, "keys are exchanged and believed", lambda: _believed(peer), fix)
    if peer.channel == FILE:
        yield Requirement(peer.name, "reachable", OPEN, "it is reached by files only",
                          f"itmsctl replication export --to {shell_arg(peer.name)} --out FILE")  # fmt: skip
        return
    if peer.channel == SSH:
        what, fix = "its name has an address", "a line in DNS or /etc/hosts; or link it by its address"
        yield _tried(peer.name, what, lambda: _resolved(peer), fix)
        pinned = PASS if peer.host_keys else FAIL
        yield Requirement(peer.name, "its SSH host key is known", pinned, f"{len(peer.host_keys)} keys", rejoin)
    yield from _answers(store, peer)


def _answers(store: Store, peer: Peer) -> Iterator[Requirement]:
    how = "its database opens" if peer.channel == DIRECT else "SSH, its login and its program"
    try:
        with channel_to(store, peer) as channel:
            hello = channel.hello()
    except ItmsError as error:
        found = f"{error.message}: {error.why}" if error.why else error.message
        yield Requirement(peer.name, how, FAIL, f"{found} [{error.code}]", _fix_of(error, peer))
        return
    yield Requirement(peer.name, how, PASS, str(peer.address))
    same = hello.get("server") == peer.guid
    yield Requirement(peer.name, "it is the server that was linked", PASS if same else FAIL, str(hello.get("server")),
                      "another server stands at its address: itmsctl hierarchy show, there")  # fmt: skip
    version = str(hello.get("version"))
    yield Requirement(peer.name, "versions are equal", PASS if version == __version__ else FAIL,
                      f"{__version__} here, {version} there", "pip install -U itmsctl, on the older one")  # fmt: skip
    skew = abs((from_text(str(hello.get("at"))) - store.clock()).total_seconds())
    yield Requirement(peer.name, "clocks agree", PASS if skew <= SKEW_S else FAIL, f"{skew:.0f} s apart",
                      "timedatectl set-ntp true, on both")  # fmt: skip
    linked = hello.get("knows") is True
    yield Requirement(peer.name, "it knows this server, and believes it", PASS if linked else FAIL,
                      "linked" if linked else "not linked", "link them again, from this end")  # fmt: skip


def _fix_of(error: ItmsError, peer: Peer) -> str:
    """Return what to do where a neighbour is not reached: a transport speaks of computers, and it is none."""
    again = "itmsctl hierarchy leave, on both; then link them again"
    fixes: dict[type[ItmsError], str] = {
        PeerReplyError: "there, by the account that is logged in to: itmsctl doctor",
        HostKeyChangedError: f"only if its machine was installed again: {again}",
        PortRefusedError: f"start the SSH server there; if its port is another one now: {again}, --ssh USER@HOST:PORT",
        UnresolvableError: "a line in DNS or /etc/hosts; or link it by its address",
        AuthFailedError: f"its ~/.ssh/authorized_keys lacks the key of this server, or its account is locked: {again}",
    }
    known = next((fix for kind, fix in fixes.items() if isinstance(error, kind) and peer.channel == SSH), "")
    return known or error.hint or error.why


def _believed(peer: Peer) -> str:
    peer.believed_key()
    return str(peer.as_dict()["key"])


def _resolved(peer: Peer) -> str:
    host = read_address(peer.address or "").host
    found = addresses_of(host)
    if not found:
        raise NotFoundError(f"`{host}` has no address")
    return ", ".join(sorted(found))


def _tried(server: str, what: str, look: Callable[[], str], fix: str) -> Requirement:
    try:
        return Requirement(server, what, PASS, look())
    except ItmsError as error:
        return Requirement(server, what, FAIL, error.message, error.hint or fix)
    except OSError as error:
        return Requirement(server, what, FAIL, error.strerror or str(error), fix)
