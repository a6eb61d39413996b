"""The group `hierarchy`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.options import Confirm, group, verb
from itmsctl.cli.out import Force, refuse_in_use
from itmsctl.cli.prompts import confirm
from itmsctl.hierarchy import columns
from itmsctl.hierarchy.commands.reaching import LinkOptions
from itmsctl.values.kind import Danger
from itmsctl.values.untrusted import shell_arg

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
def add_child(context: Context, name: ServerName, way: LinkOptions) -> None:
    """Put a server below this one: keys are exchanged, and both ends keep the link.

    Its database is opened (--db), or its program is run there over SSH, once with your own key (--ssh). From then on
    each reaches the other with its own key, which may hand in batches and nothing else. Where --db of this server is to
    be said too, it stands before the verb. A child that has no name yet gets it.

    Examples:

      itmsctl hierarchy add-child rome --db /srv/rome/cmdb.sqlite

      itmsctl --db head.sqlite hierarchy add-child rome --db rome.sqlite

      itmsctl hierarchy add-child rome --ssh itms@rome.example --back itms@head.example --agent --accept-new

      itmsctl hierarchy add-child mine --card mine.card
    """
    from itmsctl.hierarchy.commands import joining
    from itmsctl.hierarchy.peer import CHILD
    from itmsctl.hierarchy.service import linking

    peer, changed = joining.linked(context, name, way, CHILD)
    context.say(f"{peer.name}: {'linked as a child' if changed else 'unchanged'}, key {peer.as_dict()['key']}")
    crowded = context.read(linking.crowded)
    if crowded:
        context.warn(crowded)


@verb(hierarchy_app, "add-peer")
def add_peer(context: Context, name: ServerName, way: LinkOptions) -> None:
    """Link a server that is no part of this hierarchy, for standalone rules: what goes there a rule says by hand.

    Neither end is above the other, and nothing goes by itself: a replication rule with --direction out and --to names
    what goes (REPL-2, REPL-20). It is reached as a child is; by card it is done on both ends, each with the card of the
    other.

    Examples:

      itmsctl hierarchy add-peer lab --db /srv/lab/cmdb.sqlite

      itmsctl hierarchy add-peer lab --ssh itms@lab.example --agent --accept-new

      itmsctl replication-rule add reports-to-lab --direction out --kind report --to lab --schedule nights
    """
    from itmsctl.hierarchy.commands import joining
    from itmsctl.hierarchy.peer import STANDALONE

    peer, changed = joining.linked(context, name, way, STANDALONE)
    context.say(
        f"{peer.name}: {'linked, for standalone rules' if changed else 'unchanged'}, key {peer.as_dict()['key']}"
    )


@verb(hierarchy_app, "card")
def card_(context: Context) -> None:
    """Write the card of this server, for one that it is to be linked with: who it is, and its key; no secret.

    Example: itmsctl hierarchy card >mine.card
    """
    from itmsctl.hierarchy.commands import joining

    joining.write_card(context)


@verb(hierarchy_app, "join")
def join(
    context: Context,
    card: Annotated[str, typer.Argument(metavar="FILE", help="Card of the other server; - is standard input.")],
    name: Annotated[
        str | None, typer.Option("--name", metavar="SERVER", help="Name of this server, where it has none yet.")
    ] = None,
    authorize: Annotated[
        bool, typer.Option("--authorize", help="Let its key hand in batches over SSH, and nothing else.")
    ] = False,
    beside: Annotated[
        bool, typer.Option("--beside", help="Stand beside it, not below it: for standalone rules (REPL-2).")
    ] = False,
) -> None:
    """Put this server below the one whose card is given, and write the card of this one.

    `hierarchy add-child --ssh` runs it on the child, and `add-peer --ssh` with --beside; by hand it is for who is
    reached by files only.

    Examples:

      itmsctl hierarchy join head.card --name mine >mine.card

      itmsctl hierarchy join head.card --beside >lab.card
    """
    from itmsctl.hierarchy.commands import joining
    from itmsctl.hierarchy.peer import PARENT, STANDALONE
    from itmsctl.hierarchy.service import identity

    if name is not None:
        identity.init(context.store, name)
    peer, changed = joining.by_card(context, card, STANDALONE if beside else PARENT)
    if authorize:
        joining.authorize(context, peer)
    done = "unchanged" if not changed else "linked, for standalone rules" if beside else "linked as the parent"
    context.say(f"{peer.name}: {done}, key {peer.as_dict()['key']}")
    joining.write_card(context)


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
    out: Annotated[
        str | None, typer.Option("--out", metavar="FILE", help="File that tells it, where no network reaches it.")
    ] = None,
    force: Force = False,
    given: Confirm = None,
) -> None:
    """Unlink a neighbour: its key is revoked, what it sends is refused, and it is told to do the same.

    What came from it stays, and is this server's own from now on. Rules that went to it alone are disabled. One that
    cannot be reached is not told: then do the same there, or bring it the file of `--out` (`replication import`).

    Examples:

      itmsctl hierarchy leave --yes

      itmsctl hierarchy leave oslo --out goodbye.batches --yes
    """
    from itmsctl.hierarchy.commands import joining
    from itmsctl.hierarchy.service import linking, peers

    target = context.read(peers.leaving, name).name
    confirm(context, Danger.MODERATE, f"unlink {target}", target, given=given)
    path = None if out is None else Path(out).expanduser()
    if path is not None:
        refuse_in_use(context, path)
    done = linking.leave(context.store, target, path, force=force)
    if not done.changed:
        context.say(f"{target}: unchanged, it left before")
        return
    if joining.revoke(context, done.peer):
        context.say(f"{target}: may not log in over SSH any more")
    context.say(f"{target}: unlinked, its key is revoked here")
    if out is not None:
        context.say(f"{out}: tells {target}, by itmsctl replication import {shell_arg(out)} there")
    if done.untold:
        context.warn(f"{target} was not told, and still counts this server as linked: {done.untold}")
        context.warn("what to do: itmsctl hierarchy leave NAME, there, with the name of this server")


@verb(hierarchy_app, "trust")
def trust(context: Context, name: ServerName, given: Confirm = None) -> None:
    """Believe a suspended neighbour again, once its clone was stopped.

    Example: itmsctl hierarchy trust rome --yes
    """
    from itmsctl.hierarchy.service import linking

    confirm(context, Danger.MODERATE, f"believe {name} again", name, given=given)
    context.say(f"{linking.trust(context.store, name).name}: believed again")
