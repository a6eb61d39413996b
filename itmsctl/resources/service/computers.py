"""COMPUTERS: the shelf of computers (PLAT-9, PLAT-10, AGENT-27)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from itmsctl.cmdb.doc import Doc, Outcome
from itmsctl.cmdb.sets import member_of
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.resources import hooks, identity, record
from itmsctl.resources.identity import KINDS
from itmsctl.resources.kinds import COMPUTER
from itmsctl.resources.rows import computers, identities, merges, resources
from itmsctl.resources.service.details import read_details, replace_details, tuples_of, wrong_details
from itmsctl.resources.service.learned import unseal_learned
from itmsctl.resources.service.scope import scoped
from itmsctl.resources.service.shelf import ResourceShelf
from itmsctl.values.names import did_you_mean, is_guid, name_key
from itmsctl.values.untrusted import shell_arg

_HOPS = 32
_FIELDS = tuple(field.name for field in COMPUTER.fields)


class Computers(ResourceShelf):
    """All computers. Their list fields and tags lie in tables of their own."""

    own_alone = frozenset({"address", "management_address", *KINDS})

    def __init__(self) -> None:
        super().__init__(COMPUTER)

    def find(self, reader: Reader, name: str) -> Doc | None:
        """Return the computer of this name or GUID, or None; the GUID of one merged away leads to its winner."""
        found = super().find(reader, name)
        if found is None and is_guid(name):
            winner = winner_of(reader, name.lower())
            return None if winner is None else super().find(reader, winner)
        return found

    def add(
        self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], *, guid: str | None = None, shared: bool = True
    ) -> Outcome:
        """Add a computer; an equal one is `unchanged`. `shared` takes one with a known UUID or serial for another one.

        Raises IdentityTakenError, and what every resource raises.
        """
        if not shared and self.find(unit, name) is None:
            from itmsctl.resources.service.conflicts import refuse_known

            refuse_known(unit, name, fields)
        return super().add(unit, name, fields, guid=guid)

    def set(
        self,
        unit: UnitOfWork,
        name: str,
        changes: Mapping[str, Any],
        *,
        rename: str | None = None,
        revision: int | None = None,
        whole: bool = False,
        untag: Sequence[str] = (),
    ) -> Outcome:
        """Change some fields. Tags are set one by one unless `whole`: those not named stay; `untag` takes some off.

        Lists (addresses, identity values) are replaced as a whole. Raises NotFoundError, InputError, NameTakenError,
        NameTooSimilarError, RevisionMovedError.
        """
        wanted = dict(changes)
        if not whole and (wanted.get("tags") or untag):
            own = self.get(unit, name).fields["tags"]
            missing = [key for key in untag if key not in own]
            if missing:
                hint = did_you_mean(missing[0], own) or "tags: " + (", ".join(own) or "none")
                raise FieldError(f"`{name}` has no tag `{missing[0]}`", hint=hint)
            wanted["tags"] = retagged(own, wanted.get("tags"), untag)
        outcome = super().set(unit, name, wanted, rename=rename, revision=revision, whole=whole)
        from itmsctl.resources.service import told

        told.release(unit, [(outcome.doc.id, name) for name in told.said_by(changes)])  # also where it is equal
        return outcome

    def differing(self, reader: Reader, wanted: Mapping[int, Mapping[str, Any]]) -> Sequence[Doc]:
        """Return those computers whose fields are not what is asked for, in its order; the others cost no document."""
        details = read_details(reader, list(wanted))
        names = [name for name in self.typed_columns if name in record.FIELDS]
        statement = sa.select(computers.c.id, *(computers.c[name] for name in names))
        among = member_of(reader.connection, computers.c.id, list(wanted))
        for id_, *own in tuples_of(reader, scoped(statement.where(among), reader)):
            details[id_].update(zip(names, own, strict=True))
        differ = [id_ for id_, fields in wanted.items() if not fields.items() <= details[id_].items()]
        return self.docs(reader, differ) if differ else ()

    # --- what the shelf asks --------------------------------------------------------------------------------------

    def name_of(self, text: str) -> str:
        """Return the stored form of a name."""
        return record.checked_name(text)

    def _checked(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        return record.checked(fields)

    def _doc(self, row: sa.Row[Any], extra: Mapping[str, Any]) -> Doc:
        # What the shelf does for every noun, for the one of which there are hundreds of thousands.
        own = row._mapping  # noqa: SLF001 - SQLAlchemy's public name for it
        fields = {name: extra[name] if name in extra else own[name] for name in _FIELDS}
        return Doc(row.id, row.guid, row.name, row.revision, fields)

    def read_extra(self, reader: Reader, ids: Sequence[int]) -> dict[int, dict[str, Any]]:
        """Return addresses, identity values and tags."""
        return read_details(reader, ids)

    def write_extra(self, unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
        """Store the typed row, addresses, identity values and tags."""
        super().write_extra(unit, before, doc)
        tell_odd(unit, before, doc)
        replace_details(unit, [(doc.id, before.fields if before else {}, doc.fields)])
        if before is not None and before.name != doc.name:
            hooks.fire("computer_renamed", unit, [doc.id])

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Let other rooms let go, then remove the typed row and what hangs on it."""
        hooks.fire("computer_removed", unit, [doc.id])
        unseal_learned(unit, [doc.id])
        super().before_remove(unit, doc)

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Let other rooms follow its addresses."""
        if doc is not None and (before.fields["address"] if before else []) != doc.fields["address"]:
            hooks.fire("addresses_changed", unit, [doc.id])

    def strays(self, reader: Reader, docs: Sequence[Doc]) -> Iterator[tuple[Doc, str]]:
        """Yield the computers whose addresses, identity values or profile are not what follows from their documents."""
        wrong = wrong_details(reader, {doc.id: doc.fields for doc in docs})
        return ((doc, wrong[doc.id]) for doc in docs if doc.id in wrong)

    def restore_all(self, unit: UnitOfWork, wanted: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Restore many, all at once where none gets another name."""
        from itmsctl.resources.service.returning import restore_all

        if not restore_all(self, unit, wanted):
            super().restore_all(unit, wanted)

    def remove_all(self, unit: UnitOfWork, wanted: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
        """Remove many, all at once where nothing refers to any of them."""
        from itmsctl.resources.service.returning import remove_all

        if not remove_all(self, unit, [guid for guid, _, _ in wanted]):
            super().remove_all(unit, wanted)


def retagged(own: Mapping[str, str], tags: Mapping[str, str] | None, untag: Sequence[str]) -> dict[str, str]:
    """Return tags with some set and some taken off."""
    return {key: value for key, value in own.items() if key not in untag} | dict(tags or {})


def tell_odd(unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
    """Say which serial numbers and tags are new and look like something else."""
    _tell_cut(unit, before, doc)
    _tell_colons(unit, before, doc)


def _tell_cut(unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
    """Say which serial numbers are new and look like what a spreadsheet has made of one."""
    old = before.fields["serial"] if before else []
    for text in doc.fields["serial"]:
        if text not in old and identity.is_cut(text.casefold()):
            unit.tell(f"serial `{text}` looks cut by a spreadsheet, or taken for a date: it identifies nobody")


def _tell_colons(unit: UnitOfWork, before: Doc | None, doc: Doc) -> None:
    """Say which tags are new and look like a key and its value that a colon divides."""
    old = before.fields["tags"] if before else {}
    for key, value in doc.fields["tags"].items():
        if key not in old and record.is_colon_for_equals(key, value):
            meant = key.replace(":", "=", 1)
            unit.tell(f"tag `{key}` has no value: a tag is KEY=VALUE, and --tag {shell_arg(meant)} gives it one")


def winner_of(reader: Reader, guid: str) -> str | None:
    """Return the GUID of the computer that this GUID was merged into, over several merges; None where it was not."""
    seen = guid
    for _ in range(_HOPS):
        found = reader.connection.execute(
            sa.select(merges.c.winner_guid).where(merges.c.loser_guid == seen, merges.c.split_at.is_(None))
        ).scalar()
        if found is None:
            break
        seen = found
    return None if seen == guid else seen


def computer_ids(reader: Reader, names: Sequence[str]) -> dict[str, int]:
    """Return the id of each name or GUID that is known, for any number of names; those not known are left out.

    The GUID of a computer merged away leads to its winner.
    """
    found: dict[str, int] = {}
    keys: dict[str, list[str]] = {}
    guids: dict[str, list[str]] = {}
    for name in names:
        (guids if is_guid(name) else keys).setdefault(name.lower() if is_guid(name) else name_key(name), []).append(
            name
        )
    for column, wanted in ((resources.c.name_key, keys), (resources.c.guid, guids)):
        if not wanted:
            continue
        statement = sa.select(column, resources.c.id).where(
            resources.c.kind == COMPUTER.name, member_of(reader.connection, column, list(wanted))
        )
        for value, computer in reader.connection.execute(scoped(statement, reader)):
            for name in wanted[value]:
                found[name] = computer
    for guid, texts in guids.items():
        if texts[0] not in found:
            doc = COMPUTERS.find(reader, guid)
            found |= {} if doc is None else dict.fromkeys(texts, doc.id)
    return found


def identity_section(reader: Reader, computer: int) -> list[dict[str, Any]]:
    """Return all identity values of a computer, learned ones too: where each came from, and why it does not count."""
    rows = reader.connection.execute(
        sa.select(identities)
        .where(identities.c.computer_id == computer)
        .order_by(identities.c.kind, identities.c.value_key)
    )
    return [
        {
            "kind": row.kind,
            "value": row.value,
            "source": row.source,
            "first_seen": row.first_seen,
            "ignored": identity.junk_reason(row.kind, row.value_key) if row.junk else "",
        }
        for row in rows
    ]


COMPUTERS = Computers()
