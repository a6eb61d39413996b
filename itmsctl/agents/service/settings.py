"""AGENT_SETTINGS_SHELF: the shelf of agent settings, driven as policies are; and which settings count for whom."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from itmsctl.agents.kinds import AGENT_SETTINGS
from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader
from itmsctl.errors import FieldError, InputError, NotFoundError
from itmsctl.policies.service.on_server import ServerPolicies
from itmsctl.targeting.selector import EVERYTHING
from itmsctl.values.naming import naming

_SCHEMES = ("http://", "https://", "file://", "sftp://")
_LEAST_S = {"interval_s": 60.0, "inventory_s": 3600.0, "lasts_s": 3600.0}


class SettingsShelf(ServerPolicies):
    """All agent settings. Their runs contact no computer: agents are told here, and publish here what they are told."""

    task_kind, argument = "agents", "settings"
    defaults: Mapping[str, Any] = {"target": EVERYTHING}

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check what can be judged by itself. Raises InputError."""
        found = super().check(reader, name, fields)
        for field, least in _LEAST_S.items():
            if found.get(field) is not None and found[field] < least:
                raise FieldError(f"it is at least {least:g} s", hint="1h").about(field)
        for field in ("folder", "collected"):
            if found.get(field) and not str(found[field]).startswith("/"):
                raise FieldError("a folder of this machine begins with /", hint="/srv/itms").about(field)
        for field in ("source", "inbox"):
            if found.get(field) and not str(found[field]).startswith(("/", *_SCHEMES)):
                raise FieldError(f"it is a folder or begins with {', '.join(_SCHEMES)}", hint="/srv/itms").about(field)
        return found

    def check_whole(self, reader: Reader, doc: Doc) -> None:
        """Raise where its fields do not fit together, or name what is not there."""
        from itmsctl.targeting.service import picking

        if not (doc.fields["source"] or doc.fields["folder"]):
            raise FieldError("agents read their policy somewhere", hint="--folder /srv/itms/policy").about("folder")
        if str(doc.fields["source"] or "").startswith("sftp://"):
            raise FieldError("policy is read from a folder or a web server", hint="http://HOST/PATH").about("source")
        if not doc.fields["inbox"]:
            raise FieldError("agents tell somewhere", hint="--inbox /srv/itms/inbox").about("inbox")
        with naming("target"):
            picking.resolve(reader, doc.fields["target"])

    def remarks(self, reader: Reader, doc: Doc) -> Sequence[str]:
        """Return what should be heard of it: its schedule, that nobody publishes by itself."""
        if not doc.fields["enabled"]:
            return ()
        alone = () if doc.fields["schedule"] else (f"{doc.name}: no schedule: itmsctl event collect, agent publish",)
        return (*super().remarks(reader, doc), *alone)


AGENT_SETTINGS_SHELF = SettingsShelf(AGENT_SETTINGS)


def in_use(reader: Reader) -> list[Doc]:
    """Return the settings that are enabled, by name; those of a site first: they are nearer."""
    table = AGENT_SETTINGS_SHELF.table
    docs = list(AGENT_SETTINGS_SHELF.list(reader, where=table.c.enabled))
    return sorted(docs, key=lambda doc: (not doc.fields["site"], doc.fields["target"] == EVERYTHING, doc.name))


def local_inboxes(reader: Reader) -> list[Path]:
    """Return the folders of this machine in which arrives what agents tell."""
    said = [doc.fields["collected"] or doc.fields["inbox"] for doc in in_use(reader)]
    found = [Path(one.removeprefix("file://")) for one in said if one and not one.startswith("sftp://")]
    return list(dict.fromkeys(found))


def for_building(reader: Reader, site: str | None, name: str | None) -> Doc | None:
    """Return the settings that an agent is built with: those named, else those of a site, else those of all.

    Raises NotFoundError, InputError where several fit.
    """
    if name is not None:
        return AGENT_SETTINGS_SHELF.get(reader, name)
    found = [doc for doc in in_use(reader) if (doc.fields["site"] or None) == site]
    if site is not None and not found:
        raise NotFoundError(
            f"no agent settings are of site `{site}`", hint="itmsctl agent-settings add NAME --site SITE --folder DIR"
        )
    if len(found) > 1:
        names = ", ".join(doc.name for doc in found[:6])
        raise InputError(f"several agent settings fit: {names}", hint="name one: --settings NAME")
    return found[0] if found else None


def settings_of(reader: Reader, computers: Collection[int]) -> dict[int, Doc]:
    """Return the settings that count for each computer: of a site before others, of a target before those of all."""
    from itmsctl.targeting.service import picking

    left, found = set(computers), dict[int, Doc]()
    for doc in in_use(reader):
        if not left:
            break
        mine = left & picking.resolve(reader, doc.fields["target"])
        if doc.fields["site"]:
            mine &= _in_site(reader, doc.fields["site"])
        found.update(dict.fromkeys(mine, doc))
        left -= mine
    return found


def _in_site(reader: Reader, site: str) -> set[int]:
    from itmsctl.sites.rows import places

    statement = sa.select(places.c.computer_id).where(places.c.site == site)
    return set(reader.connection.execute(statement).scalars())
