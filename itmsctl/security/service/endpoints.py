"""From computers of the CMDB to endpoints of a transport: addresses, login, host keys and machine id, by the slice."""

from __future__ import annotations

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader
from itmsctl.errors import BlockoutError, ItmsError
from itmsctl.resources.rows import identities
from itmsctl.security.credential import HeldCredentials, outside
from itmsctl.security.service.host_keys import pins_of
from itmsctl.security.service.profiles import profile_by_id
from itmsctl.security.service.scoping import inside
from itmsctl.security.via import SSH_PORT, USUAL_PORTS, Via, login
from itmsctl.targeting.service.connections import connection_rows
from itmsctl.transports.endpoint import Endpoint
from itmsctl.values.kind import house
from itmsctl.values.untrusted import shell_arg


def whoami() -> str:
    """Return the user who runs us: the default of a login, as with ssh."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


@dataclass
class Endpoints:
    """Answers endpoints. `via` is what was typed, `profile` what a named profile says; profiles are read once.

    `held` is what credentials of the vault gave: computers outside the scope of one of them are refused.
    """

    via: Via
    profile: Via = field(default_factory=Via)
    held: HeldCredentials = field(default_factory=HeldCredentials)
    _profiles: dict[int, Via] = field(default_factory=dict)

    def load(self, reader: Reader, ids: Sequence[int]) -> dict[int, Endpoint]:
        """Return the endpoints of computers; those that may not be contacted now, or not with what is held, refused."""
        found = self.judged(reader, self.read(reader, ids))
        for call in house().calls("contact_forbidden"):
            for i, why in call(reader, list(found)).items():
                found[i] = replace(found[i], refused=in_blockout(found[i].name, why, reader.now))
        return found

    def judged(self, reader: Reader, found: Mapping[int, Endpoint]) -> dict[int, Endpoint]:
        """Return these endpoints, those outside the scope of a credential at this moment refused.

        Where something of the vault would go to one that is not what the audit says of it, that is refused too.
        """
        try:
            self._rescope(reader)
        except ItmsError as error:  # of a credential that cannot be judged: it goes nowhere
            return {i: replace(one, refused=error) for i, one in found.items()}
        refused = self._refused(reader, list(found))
        errors: dict[int, ItmsError] = {i: outside(found[i].name, name) for i, name in refused.items()}
        if self.held.is_secret:
            from itmsctl.security.service.trusted import untrusted

            errors |= untrusted(reader, found)
        return {i: replace(one, refused=errors[i]) if i in errors else one for i, one in found.items()}

    def read(self, reader: Reader, ids: Sequence[int]) -> dict[int, Endpoint]:
        """Return the endpoints of computers, not judged yet; one that was removed meanwhile is left out."""
        machine_ids = self._machine_ids(reader, ids)
        pins = pins_of(reader, ids)
        who = whoami()
        port = USUAL_PORTS.get(self.via.transport or self.profile.transport or "", SSH_PORT)
        found = {}
        for row in connection_rows(reader, ids):
            profile = self._profile(reader, row.profile_id)
            to = login(self.via, row.user, row.port, profile, who, self.held.user, port)
            found[row.id] = Endpoint(
                row.guid,
                row.name,
                _ways(row.management_address, row.addresses) or (row.name,),
                to.port,
                to.user,
                pins.get(row.id, ()),
                machine_ids.get(row.id),
                to.assumed,
                windows=row.os_family == "windows",
            )
        return found

    def _rescope(self, reader: Reader) -> None:
        """Take the scopes of the credentials that are held as they are at this moment."""
        if self.held.revisions:
            from itmsctl.security.service.credential_shelf import rescoped

            self.held = rescoped(reader, self.held)

    def _refused(self, reader: Reader, ids: Sequence[int]) -> dict[int, str]:
        """Return the computers that a credential may not go to, each with the name of that credential."""
        found: dict[int, str] = {}
        for name, scope in self.held.scopes:
            allowed = inside(reader, scope, ids)
            found.update({computer: name for computer in ids if computer not in allowed})
        return found

    def _machine_ids(self, reader: Reader, ids: Sequence[int]) -> dict[int, str]:
        """Return the machine id pinned for each computer; several values, or a junk one, pin nothing."""
        statement = sa.select(identities.c.computer_id, identities.c.value_key).where(
            member_of(reader.connection, identities.c.computer_id, ids),
            identities.c.kind == "machine_id",
            identities.c.junk.is_(False),
        )
        values: dict[int, list[str]] = {}
        for computer, value in reader.connection.execute(statement):
            values.setdefault(computer, []).append(value)
        return {computer: own[0] for computer, own in values.items() if len(own) == 1}

    def _profile(self, reader: Reader, profile_id: Any) -> Via:
        if profile_id is None:
            return self.profile
        if profile_id not in self._profiles:
            self._profiles[profile_id] = profile_by_id(reader, profile_id).over(self.profile)
        return self._profiles[profile_id]


def in_blockout(computer: str, why: str, now: datetime) -> BlockoutError:
    """Return the refusal of a computer that nobody may contact now."""
    return BlockoutError(
        f"{computer} was not contacted: {why}",
        why="a blockout forbids all contact",
        hint=f"itmsctl window explain --computer {shell_arg(computer)} "
        f"--between {now:%Y-%m-%d} {now + timedelta(days=1):%Y-%m-%d}",
    )


def _ways(management_address: str | None, others: Sequence[str]) -> tuple[str, ...]:
    first = [management_address] if management_address else []
    return tuple(dict.fromkeys([*first, *others]))
