"""The verbs of every noun that the tick drives: enable, disable, run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import typer

from itmsctl.cli.context import Context
from itmsctl.cli.naming import given_names, is_several, names_argument
from itmsctl.cli.nouns import told_all
from itmsctl.cli.options import DryRun, verb
from itmsctl.policies import columns
from itmsctl.values.counts import counted, with_article
from itmsctl.values.kind import Kind


def rows_with_last(reader: Any, docs: Any, present: bool) -> Iterable[dict[str, Any]]:
    """Return the rows of a list: each with when it was due last, where somebody sees that."""
    from itmsctl.policies.service.listing import with_last

    return with_last(reader, docs, last=present)


def occurrences_section(reader: Any, doc: Any) -> dict[str, Any]:
    """Return what `show` tells below the fields: what became of the times that it was due."""
    from itmsctl.policies.service.listing import told_of

    return {"occurrences": told_of(reader, doc)}


def triggering_verbs(app: typer.Typer, kind: Kind, example: str = "nightly") -> None:
    """Add them to the group of a noun; `example` is the name of one in their help."""
    noun = kind.name.replace("-", " ")
    names_type = Annotated[list[str], names_argument(kind.name)]

    def enable(context: Context, names: list[str], dry_run: DryRun = False) -> None:
        from itmsctl.policies.service.policies import enable_all

        wanted = given_names(context, names, kind.name)
        told_all(context, names, enable_all, kind.load_shelf(), wanted, dry_run=dry_run)

    def disable(context: Context, names: list[str], dry_run: DryRun = False) -> None:
        from itmsctl.policies.service.policies import disable_all

        wanted = given_names(context, names, kind.name)
        told_all(context, names, disable_all, kind.load_shelf(), wanted, dry_run=dry_run)

    def run(context: Context, names: list[str], dry_run: DryRun = False) -> None:
        from itmsctl.policies.service.explaining import by_hand

        wanted = given_names(context, names, kind.name)
        found = context.write(by_hand, kind.load_shelf(), wanted, context.guard_max, dry_run=dry_run)
        then = "" if dry_run else "; itmsctl schedule tick runs them"
        for decided in found:
            queued = counted(decided.computers, "computer is", "computers are")
            context.done(f"{decided.run}: {queued} queued{then}", dry_run=dry_run)
        # People have been told by now, each run in a line; machines get an object for one name, a list for several.
        if not (context.settings.output or context.settings.json):
            return
        if is_several(names):
            context.out.list(columns.TICK, (decided.as_dict() for decided in found))
        else:
            context.out.show(columns.TICK, found[0].as_dict())

    helps = (
        (
            enable,
            f"Put {with_article(noun)} to use, or several: each counts from now; what was due before is nobody's.",
        ),
        (
            disable,
            f"Take {with_article(noun)} out of use, or several. Runs that it has begun go on: "
            "`itmsctl run cancel` cancels what waits.",
        ),
        (
            run,
            "Start an occurrence now: its run is queued, the next tick drives it. Several are all started, or none.",
        ),
    )
    for function, text in helps:
        word = function.__name__
        told = f"{text}\n\nExample: itmsctl {kind.name} {word} {example}"
        verb(app, word, help=told, types={"names": names_type})(function)


def tell_steps(context: Context, kind: Kind, name: str) -> None:
    """Show the steps until one of a noun does something, and say which is pending."""
    from itmsctl.policies.service.explaining import explained, first_pending

    found = context.write(explained, kind.load_shelf(), name, context.guard_max, dry_run=True)
    context.out.list(columns.STEP, found)
    context.say(first_pending(found))
