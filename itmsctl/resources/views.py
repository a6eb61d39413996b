"""Documented views of computers."""

from __future__ import annotations

from dataclasses import replace

from itmsctl.resources.kinds import COMPUTER, IDENTITIES, RESOURCES
from itmsctl.resources.levels import level_views
from itmsctl.resources.own import OWN_RESOURCE
from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, view_of

_WHO = (ViewColumn("guid", "GUID of the computer", Type.GUID), ViewColumn("name", "name of the computer"))

# One for each kind of identity value: what the filter language reads where a listing has a column of that name.
_IDENTITIES = tuple(
    View(
        f"v_computer_{kind}",
        f"values of {kind} by the id of the computer",
        f"SELECT i.computer_id, i.value AS {kind} FROM computer_identity i WHERE i.kind = '{kind}'",  # noqa: S608 - ours
    )
    for kind in IDENTITIES
)

VIEWS = (
    *_IDENTITIES,
    *level_views(RESOURCES),
    replace(view_of(OWN_RESOURCE), name="v_own_resource"),  # `v_resource` is every resource
    view_of(
        COMPUTER,
        *(ViewColumn("id"), ViewColumn("name_key"), ViewColumn("profile_id", sql="t.profile_id")),
        computer="guid",
        classes=("computer",),
    ),
    View(
        "v_address",
        "one row an address of a computer, as typed",
        """SELECT r.guid, r.name, a.ord, a.text AS address
           FROM computer_address a JOIN resource r ON r.id = a.computer_id""",
        (
            *_WHO,
            ViewColumn("ord", "its place among the addresses, from 0", Type.INT),
            ViewColumn("address", "an IP address or a host name", of=("computer.address",)),
        ),
        computer="guid",
        classes=("computer", "addresses"),
    ),
    View(
        "v_tag",
        "one row a tag of a computer",
        "SELECT r.guid, r.name, t.key, t.value FROM resource_tag t JOIN resource r ON r.id = t.resource_id",
        (
            *_WHO,
            ViewColumn("key", "the tag", of=("computer.tags",)),
            ViewColumn("value", "its value", of=("computer.tags",)),
        ),
        computer="guid",
        classes=("computer", "tags"),
    ),
    View(
        "v_identity",
        "one row a value that identifies a computer",
        """SELECT r.guid, r.name, i.kind, i.value, i.junk, i.source
           FROM computer_identity i JOIN resource r ON r.id = i.computer_id""",
        (
            *_WHO,
            ViewColumn("kind", "uuid, machine_id, serial, mac or fqdn"),
            ViewColumn("value", "the value as recorded", of=tuple(f"computer.{kind}" for kind in IDENTITIES)),
            ViewColumn("junk", "true for a value that never identifies", Type.BOOL),
            ViewColumn("source", "who said it"),
        ),
        computer="guid",
        classes=("computer", "identities"),
    ),
    View(
        "v_computer_association",
        "relations of computers by the id of the computer, at either end; the other end is subject or object there",
        """SELECT a.from_id AS computer_id, t.name AS type, o.name,
                  COALESCE((SELECT y.name FROM resource_own w JOIN resource_type y ON y.id = w.type_id
                            WHERE w.id = o.id), o.kind) AS kind, a.source, a.since,
                  NULL AS subject, o.name AS object
           FROM association a JOIN association_type t ON t.id = a.type_id JOIN resource o ON o.id = a.to_id
           UNION ALL
           SELECT a.to_id AS computer_id, t.name AS type, s.name,
                  COALESCE((SELECT y.name FROM resource_own w JOIN resource_type y ON y.id = w.type_id
                            WHERE w.id = s.id), s.kind) AS kind, a.source, a.since,
                  s.name AS subject, NULL AS object
           FROM association a JOIN association_type t ON t.id = a.type_id JOIN resource s ON s.id = a.from_id""",
    ),
    View(
        "v_told",
        "one row a value that a source told of a field of a computer at last",
        """SELECT r.guid, r.name, v.field, v.source, v.value, v.priority, v.told_at, v.in_use
           FROM computer_told v JOIN resource r ON r.id = v.computer_id""",
        (
            *_WHO,
            ViewColumn("field", "the field"),
            ViewColumn("source", "who told it"),
            ViewColumn("value", "what it told; as JSON"),
            ViewColumn("priority", "rank of the source then, to 100", Type.INT),
            ViewColumn("told_at", "when it told it last", Type.TIME),
            ViewColumn("in_use", "true for the value that the field has from it", Type.BOOL),
        ),
        computer="guid",
    ),
    View(
        "v_relation",
        "one row a relation between two resources",
        """SELECT t.name AS type, f.guid AS from_guid, f.name AS from_name, o.guid AS to_guid, o.name AS to_name,
                  a.source, a.since
           FROM association a JOIN association_type t ON t.id = a.type_id
           JOIN resource f ON f.id = a.from_id JOIN resource o ON o.id = a.to_id""",
        (
            ViewColumn("type", "what relates them"),
            ViewColumn("from_guid", "GUID of the resource that it begins at", Type.GUID),
            ViewColumn("from_name", "its name"),
            ViewColumn("to_guid", "GUID of the resource that it leads to", Type.GUID),
            ViewColumn("to_name", "its name"),
            ViewColumn("source", "who said it"),
            ViewColumn("since", "since when it is known", Type.TIME),
        ),
        computer="from_guid",
    ),
)
