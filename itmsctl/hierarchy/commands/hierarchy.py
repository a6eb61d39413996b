"""The group `hierarchy`."""

from __future__ import annotations

from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, group, verb
from itmsctl.cli.prompts import confirm
from itmsctl.hierarchy import columns
from itmsctl.values.kind import Danger

hierarchy_app = group("Link management servers as parent and children: keys, how they reach each other, how they are.")

ServerName = Annotated[str, typer.Argument(metavar="SERVER", help="Name of the server.")]


@verb(hierarchy_app, "init")
def init(context: Context, name: ServerName) -> None:
    """Give this server a name and a key, so that it can stand in a hierarchy. Once is enough.

    Example: itmsctl hierarchy init head
    """
    from itmsctl.hierarchy.service import identity

    own, made = identity.init(context.store, name)
    context.say(f"{own.name}: {'created' if made else 'unchanged'}, key {own.as_dict()['key']}")
    if context.settings.output or context.settings.json:
        context.out.show(columns.PEER, own.as_dict())


@verb(hierarchy_app, "add-child")
def add_child(
    context: Context,
    name: ServerName,
    db: Annotated[
        str, typer.Option("--db", metavar="URL", help="Its database: a path, or postgresql://... of this machine's.")
    ],
) -> None:
    """Put a server below this one: keys are exchanged, and both ends keep the link.

    Where --db of this server is to be said too, it stands before the verb. A child that has no name yet gets it.

    Examples:

      itmsctl hierarchy add-child rome --db /srv/rome/cmdb.sqlite

      itmsctl --db head.sqlite hierarchy add-child rome --db rome.sqlite
    """
    from itmsctl.hierarchy.peer import CHILD
    from itmsctl.hierarchy.service import linking

    peer, changed = linking.add_direct(context.store, name, db, CHILD, context.say)
    context.say(f"{peer.name}: {'linked as a child' if changed else 'unchanged'}, key {peer.as_dict()['key']}")
    crowded = context.read(linking.crowded)
    if crowded:
        context.warn(crowded)


@verb(hierarchy_app, "show", columns=columns.PEER)
def show(context: Context) -> None:
    """Show this server, its parent and its children: a server knows no others (HIER-3).

    Example: itmsctl hierarchy show
    """
    from itmsctl.hierarchy.service import peers

    rows = [one.as_dict() for one in context.read(peers.all_of)]
    context.out.list(columns.PEER, rows, empty="not in a hierarchy yet: itmsctl hierarchy init NAME")


@verb(hierarchy_app, "leave")
def leave(
    context: Context,
    name: Annotated[
        str | None, typer.Argument(metavar="[SERVER]", help="A child to unlink. Default: the parent of this server.")
    ] = None,
    given: Confirm = None,
) -> None:
    """Unlink a neighbour: its key is revoked here, and what it sends is refused from now on.

    Example: itmsctl hierarchy leave --yes
    """
    from itmsctl.hierarchy.service import linking, peers

    target = context.read(peers.leaving, name).name
    confirm(context, Danger.MODERATE, f"unlink {target}", target, given=given)
    left = linking.leave(context.store, target)
    context.say(f"{left.name}: unlinked, its key is revoked here")


@verb(hierarchy_app, "trust")
def trust(context: Context, name: ServerName, given: Confirm = None) -> None:
    """Believe a suspended neighbour again, once its clone was stopped.

    Example: itmsctl hierarchy trust rome --yes
    """
    from itmsctl.hierarchy.service import linking

    confirm(context, Danger.MODERATE, f"believe {name} again", name, given=given)
    context.say(f"{linking.trust(context.store, name).name}: believed again")
