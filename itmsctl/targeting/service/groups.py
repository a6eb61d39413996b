"""VIEWS and GROUPS: the shelves of organizational views and groups (ORG-1 to ORG-5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.nature import AskedChange
from itmsctl.cmdb.references import reference_id
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.errors import FieldError
from itmsctl.targeting.grouping import ancestors
from itmsctl.targeting.kinds import GROUP, VIEW
from itmsctl.targeting.service import definition_of, structure
from itmsctl.targeting.service.collection_shelf import CollectionShelf, RuleShelf
from itmsctl.values.names import name_key
from itmsctl.values.naming import naming


class Views(CollectionShelf):
    """All organizational views. A view holds the members of its groups, and nothing by itself."""

    def __init__(self) -> None:
        super().__init__(VIEW)


class GroupShelf(RuleShelf):
    """All organizational groups. One without an expression is static, also while nobody is in it."""

    ways: Mapping[str, str] = {"where": "dynamic", "members": "static"}

    def __init__(self) -> None:
        super().__init__(GROUP)

    def adding(self, unit: UnitOfWork, name: str, fields: Mapping[str, Any], existing: Doc | None) -> Mapping[str, Any]:  # noqa: ARG002 - the shelf's
        """Return the fields of a group in a view, or under a group of it.

        Raises FieldError where neither is named, or the parent lies in another view.
        """
        wanted = dict(fields)
        if wanted.get("parent"):
            with naming("parent"):
                home = self.get(unit, wanted["parent"]).fields["view"]
            wanted["view"] = wanted.get("view") or home
            self._same_view(wanted["parent"], home, wanted["view"])
        if not wanted.get("view"):
            raise FieldError("a group needs --view or --parent", hint="itmsctl view list")
        if not wanted.get("where"):
            wanted.setdefault("members", [])
        return wanted

    def changing(self, unit: UnitOfWork, before: Doc, asked: AskedChange) -> Mapping[str, Any]:
        """Return the changes; a group moves inside its view.

        Raises FieldError where it would lie in itself, or its view be another than its parent's or its children's.
        """
        view, doc = asked.changes.get("view"), before
        if view and view != doc.fields["view"]:
            self._refuse_torn(unit, doc, asked.changes)
        if asked.changes.get("parent"):
            with naming("parent"):
                parent = self.get(unit, asked.changes["parent"])
            self._same_view(parent.name, parent.fields["view"], view or doc.fields["view"])
            if doc.id == parent.id or doc.id in ancestors(parent.id, structure.places(unit)):
                hint = "name a group that it does not hold"
                raise FieldError(f"group `{doc.name}` would lie in itself", hint=hint).about("parent")
        return super().changing(unit, doc, asked)

    def document_of(self, doc: Doc) -> dict[str, Any]:
        """Return the fields of a document; the view of a group under another is that one's."""
        said = super().document_of(doc)
        if doc.fields["parent"]:
            del said["view"]
        return said

    def check(self, reader: Reader, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Check the expression; names of view and parent as they are stored."""
        checked = super().check(reader, name, fields)
        if checked.get("where"):
            with naming("where"):
                definition_of.parsed(reader, checked["where"])
        elif "members" in checked and "type" not in checked:
            checked |= {"type": "static", "where": None}
        for field, shelf in (("view", VIEWS), ("parent", self)):
            if checked.get(field):
                with naming(field):
                    checked[field] = shelf.get(reader, checked[field]).name
        return checked

    def check_restored(self, reader: Reader, before: Doc | None, name: str, fields: Mapping[str, Any]) -> None:
        """Check where it stands too: in one view with its parent and its children, and not in itself."""
        super().check_restored(reader, before, name, fields)
        if fields["parent"]:
            parent = self.get(reader, fields["parent"])
            self._same_view(parent.name, parent.fields["view"], fields["view"])
            if before and (before.id == parent.id or before.id in ancestors(parent.id, structure.places(reader))):
                raise FieldError(f"group `{name}` would lie in itself", hint="name a group that it does not hold")
        if before and before.fields["view"] != fields["view"]:
            self._refuse_torn(reader, before, fields)

    def columns_of(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return tree, classes and whether time decides, where the question is a new one."""
        if not doc.fields["where"]:
            return definition_of.by_hand()
        return {} if self.unchanged_text(reader, doc, "where") else definition_of.of_where(reader, doc.fields["where"])

    def derived(self, reader: Reader, doc: Doc) -> dict[str, Any]:
        """Return what must be kept beside the question, worked out again."""
        return {"name_key": name_key(doc.name), **definition_of.of_fields(reader, doc.fields)}

    def after_write(self, unit: UnitOfWork, before: Doc | None, doc: Doc | None) -> None:
        """Keep the targets true that use this group, one that holds it, or its view (ORG-5)."""
        if doc is None:
            return
        super().after_write(unit, before, doc)
        moved = [f for f in ("view", "parent") if before is None or before.fields[f] != doc.fields[f]]
        if moved:
            above = structure.holders(structure.places(unit), doc.id)
            structure.invalidate_targets(unit, above | (_old_holders(unit, before) if before else set()))

    def before_remove(self, unit: UnitOfWork, doc: Doc) -> None:
        """Refuse where a target names it; the targets that hold it by its view or parent lose its members."""
        above = structure.holders(structure.places(unit), doc.id)
        super().before_remove(unit, doc)
        structure.invalidate_targets(unit, above)

    @staticmethod
    def _same_view(parent: str, home: str, wanted: str) -> None:
        if home != wanted:
            raise FieldError(
                f"group `{parent}` lies in the view `{home}`, not `{wanted}`", hint="a child's view is its parent's"
            ).about("view")

    def _refuse_torn(self, reader: Reader, doc: Doc, wanted: Mapping[str, Any]) -> None:
        children = [p for p in structure.places(reader).values() if p.parent_id == doc.id]
        if children or (doc.fields["parent"] and wanted.get("parent", doc.fields["parent"])):
            raise FieldError(
                f"group `{doc.name}` cannot go to another view alone",
                why="its parent or children lie in this one",
                hint="take it out first: --unset parent",
            ).about("view")


def _old_holders(unit: UnitOfWork, before: Doc) -> frozenset[int]:
    places = structure.places(unit)
    view = reference_id(unit, "view", before.fields["view"])
    parent = before.fields["parent"]
    return frozenset({view}) | (
        structure.holders(places, reference_id(unit, "group", parent)) if parent else frozenset()
    )


VIEWS = Views()
GROUPS = GroupShelf()
