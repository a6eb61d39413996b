"""Documented views of collections and membership, and the views that a SQL filter may read (FILT-4, FILT-10).

A SQL filter is looked at again when a data class of a view that it names changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from itmsctl.values.kind import Type
from itmsctl.values.view import View, ViewColumn, every_view

_KIND = ViewColumn("kind", "filter, group or target")
_COMPUTER = (ViewColumn("guid", "GUID of the computer", Type.GUID), ViewColumn("name", "name of the computer"))
# Filters, groups and targets share one space of ids.
_COLLECTIONS = """
    (SELECT id, guid, name, 'filter' AS kind FROM filter
     UNION ALL SELECT id, guid, name, 'group' FROM org_group
     UNION ALL SELECT id, guid, name, 'target' FROM target)"""

VIEWS = (
    View(
        "v_collection",
        "one row a filter, group or target",
        """SELECT c.kind, c.guid, c.name, c.type, c.org_view AS "view", c.parent, c.owner, c."where", c.sql,
                  c.description, s.updated_at, s.stale, c.changed_at
           FROM (SELECT id, 'filter' AS kind, guid, name, type, NULL AS org_view, NULL AS parent, NULL AS owner,
                        "where", sql, description, changed_at
                 FROM filter
                 UNION ALL
                 SELECT g.id, 'group', g.guid, g.name, g.type, v.name, p.name, NULL, g."where", NULL, g.description,
                        g.changed_at
                 FROM org_group g JOIN org_view v ON v.id = g.view_id LEFT JOIN org_group p ON p.id = g.parent_id
                 UNION ALL
                 SELECT id, 'target', guid, name, NULL, NULL, NULL, owner, NULL, NULL, description, changed_at
                 FROM target) c
           LEFT JOIN collection_state s ON s.collection_id = c.id""",
        (
            _KIND,
            ViewColumn("guid", "its GUID", Type.GUID),
            ViewColumn("name", "its name"),
            ViewColumn("type", "of a filter: basic, query, sql; of a group: static, dynamic"),
            ViewColumn("view", 'of a group: its view; written "view"'),
            ViewColumn("parent", "of a group: the group that it lies in"),
            ViewColumn("owner", "of a target: who owns it"),
            ViewColumn("where", 'its expression; written "where"'),
            ViewColumn("sql", "its query, where it is a SQL filter"),
            ViewColumn("description", "free text"),
            ViewColumn("updated_at", "when its members were last looked at", Type.TIME),
            ViewColumn("stale", "its members wait for a membership update", Type.BOOL),
            ViewColumn("changed_at", "when its definition was last changed", Type.TIME),
        ),
    ),
    View(
        "v_static_member",
        "one row a computer that was put into a filter or group by hand",
        f"""SELECT c.kind, c.name AS collection, r.guid, r.name
            FROM static_member m JOIN {_COLLECTIONS} c ON c.id = m.collection_id
            JOIN resource r ON r.id = m.resource_id""",  # noqa: S608 - ours
        (
            ViewColumn("kind", "filter or group"),
            ViewColumn("collection", "name of the filter or group"),
            ViewColumn("guid", "GUID of the computer", Type.GUID),
            ViewColumn("name", "name of the computer", of=("filter.members", "group.members")),
        ),
        computer="guid",
    ),
    View(
        "v_target_part",
        "one row a view, group or filter that a target names in any of its fields",
        """SELECT t.name AS target, COALESCE(f.name, g.name, v.name) AS part,
                  CASE WHEN f.id IS NOT NULL THEN 'filter' WHEN g.id IS NOT NULL THEN 'group' ELSE 'view' END AS kind
           FROM target_part p JOIN target t ON t.id = p.target_id LEFT JOIN filter f ON f.id = p.collection_id
           LEFT JOIN org_group g ON g.id = p.collection_id LEFT JOIN org_view v ON v.id = p.collection_id""",
        (
            ViewColumn("target", "name of the target"),
            ViewColumn(
                "part",
                "its name",
                of=("target.views", "target.groups", "target.filters", "target.excludes", "target.is"),
            ),
            ViewColumn("kind", "view, group or filter"),
        ),
    ),
    View(
        "v_member",
        "one row a member of a filter, group or target, as of the last membership update",
        f"""SELECT c.kind, c.name AS collection, c.guid AS collection_guid, r.guid, r.name
            FROM member m JOIN {_COLLECTIONS} c ON c.id = m.collection_id JOIN resource r ON r.id = m.resource_id""",  # noqa: S608 - ours
        (
            _KIND,
            ViewColumn("collection", "name of the filter, group or target"),
            ViewColumn("collection_guid", "its GUID", Type.GUID),
            *_COMPUTER,
        ),
        computer="guid",
    ),
    View(
        "v_member_change",
        "one row a computer that entered or left a filter, group or target",
        f"""SELECT c.kind, c.name AS collection, COALESCE(r.guid, f.guid) AS guid, COALESCE(r.name, f.name) AS name,
                   l.added, u.ended_at AS at
            FROM member_log l JOIN {_COLLECTIONS} c ON c.id = l.collection_id
            LEFT JOIN resource r ON r.id = l.resource_id
            LEFT JOIN former_member f ON f.resource_id = l.resource_id
            LEFT JOIN membership_run u ON u.id = l.run_id""",  # noqa: S608 - ours
        (
            _KIND,
            ViewColumn("collection", "name of the filter, group or target"),
            *_COMPUTER,
            ViewColumn("added", "true where it entered", Type.BOOL),
            ViewColumn("at", "when", Type.TIME),
        ),
        computer="guid",
    ),
    View(
        "v_membership_update",
        "one row a membership update",
        """SELECT kind, started_at, ended_at, filters, groups, targets, computers, added, removed
           FROM membership_run""",
        (
            ViewColumn("kind", "delta, complete, policy, definition or departure"),
            ViewColumn("started_at", "when it began", Type.TIME),
            ViewColumn("ended_at", "when it ended", Type.TIME),
            ViewColumn("filters", "filters that it looked at", Type.INT),
            ViewColumn("groups", "groups that it looked at", Type.INT),
            ViewColumn("targets", "targets that it looked at", Type.INT),
            ViewColumn("computers", "computers that it looked at", Type.INT),
            ViewColumn("added", "members that entered", Type.INT),
            ViewColumn("removed", "members that left", Type.INT),
        ),
    ),
)


@lru_cache(maxsize=8)
def for_filters(own: tuple[View, ...] = ()) -> Mapping[str, View]:
    """Return the views that a SQL filter may read: those whose changes are known. `own` are those of a CMDB."""
    return {view.name: view for view in (*every_view(), *own) if view.classes}


def classes_of(names: frozenset[str], own: tuple[View, ...] = ()) -> frozenset[str]:
    """Return the data classes that decide a query over these views."""
    return frozenset(name for view in names for name in for_filters(own)[view].classes)
