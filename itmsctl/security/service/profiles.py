"""Connection profiles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.shelf import Shelf
from itmsctl.cmdb.work import Reader
from itmsctl.security.kinds import PROFILE
from itmsctl.security.rows import profiles as table
from itmsctl.security.via import Via


class Profiles(Shelf):
    """All connection profiles."""

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check port, connect limit and folder of runs; the transport is SSH by default. Raises InputError."""
        checked = dict(fields)
        if "transport" in checked or self.find(reader, name) is None:
            checked["transport"] = checked.get("transport") or "ssh"
        if checked.get("run_dir"):
            checked["run_dir"] = checked["run_dir"].rstrip("/") or "/"
        Via(
            port=checked.get("port"),
            connect_timeout_s=checked.get("connect_timeout_s"),
            run_dir=checked.get("run_dir") or None,
        )
        return checked


PROFILES = Profiles(PROFILE)


def via_of(doc: Doc) -> Via:
    """Return the way that a profile describes."""
    f = doc.fields
    return Via.of_fields(
        f,
        key_files=(f["key_file"],) if f["key_file"] else (),
        run_as=f["run_as"],
        run_dir=f["run_dir"],
        profile=doc.name,
        credentials=tuple(name for name in (f["credential"], f["sudo_credential"]) if name),
    )


def profile(reader: Reader, name: str | None) -> Via:
    """Return the way of a named profile; an empty one for none. Raises NotFoundError."""
    if name is None:
        return Via()
    doc = PROFILES.get(reader, name)
    if doc.fields["credential"] or doc.fields["sudo_credential"]:
        from itmsctl.security.service import trusted

        trusted.refuse(reader, PROFILES, doc)
    return via_of(doc)


def profile_by_id(reader: Reader, id_: int) -> Via:
    """Return the way of the profile that a computer refers to; an empty one where it is gone."""
    found = next(iter(PROFILES.list(reader, where=table.c.id == id_)), None)
    return Via() if found is None else via_of(found)
