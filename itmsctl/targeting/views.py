"""The documented views that SQL filters may read (FILT-4, FILT-10), and the data classes that each one shows.

A SQL filter is looked at again when a class of a view that it names changed.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentedView:
    """A view of the schema; `own` is the class it is made of, beside the name and GUID of the computer."""

    name: str
    own: str
    columns: tuple[str, ...]
    help: str

    @property
    def classes(self) -> frozenset[str]:
        """Answer the data classes whose changes can change the view: each shows the computer's name."""
        return frozenset({"computer", self.own})


VIEWS = (
    DocumentedView(
        "v_computer",
        "computer",
        (
            "guid",
            "name",
            "os_family",
            "description",
            "port",
            "user",
            "management_address",
            "time_zone",
            "last_seen",
            "created_at",
            "changed_at",
            "revision",
        ),
        "one row a computer",
    ),
    DocumentedView("v_address", "addresses", ("guid", "name", "ord", "address"), "one row an address, as typed"),
    DocumentedView("v_tag", "tags", ("guid", "name", "key", "value"), "one row a tag"),
    DocumentedView(
        "v_identity", "identities", ("guid", "name", "kind", "value", "junk", "source"), "one row an identity value"
    ),
    DocumentedView(
        "v_site_member", "sites", ("guid", "name", "site", "subnet"), "one row a site and subnet of a computer"
    ),
)

BY_NAME = {view.name: view for view in VIEWS}


def classes_of(names: frozenset[str]) -> frozenset[str]:
    """Answer the data classes that decide a query over these views."""
    return frozenset().union(*(BY_NAME[name].classes for name in names))
