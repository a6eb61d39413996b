"""The groups `config` and `help`: what is set, and what there is to know."""

from __future__ import annotations

from collections.abc import Iterable

from itmsctl import __version__
from itmsctl.admin import columns, topics
from itmsctl.cli import configuration
from itmsctl.cli.context import Context
from itmsctl.cli.global_options import FORMATS
from itmsctl.cli.options import group, root_command, verb
from itmsctl.cli.output import Column

config_app = group(
    "Show settings and where each comes from: flag, ITMSCTL_*, your configuration, /etc/itmsctl, default."
)
help_app = group("Explain what every command shares. `itmsctl help NOUN VERB` shows the page of a command.")

_TOPIC = (Column("name"), Column("meaning"))


@verb(config_app, "show", columns=columns.SETTING)
def config_show(context: Context) -> None:
    """Show every setting, and where its value comes from.

    Example: itmsctl config show
    """
    context.out.list(columns.SETTING, context.sources.every(str(context.database)))


@verb(config_app, "path", columns=columns.SETTINGS_FILE)
def config_path(context: Context) -> None:
    """List the files that settings are read from, the first before the second, and whether each is there.

    Example: ${EDITOR:-vi} "$(itmsctl config path -o name | head -n 1)"
    """
    context.out.list(columns.SETTINGS_FILE, ({"name": str(p), "exists": p.exists()} for p in context.sources.files))


def _page(context: Context, rows: Iterable[topics.Row], example: str) -> None:
    """Write a page of help: text for people also in a pipe, rows where a format was asked for."""
    if context.settings.output or context.settings.json:
        context.out.list(_TOPIC, rows)
        return
    context.out.line(f"Example: {example}\n")
    found = list(rows)
    if not found:
        context.say("nothing of this was installed with the program")
        return
    width = min(34, max(len(row["name"]) for row in found))
    for row in found:
        gap = "\n" + " " * width if len(row["name"]) > width else " " * (width - len(row["name"]))
        context.out.line(f"  {row['name']}{gap}  {row['meaning']}")
        if row.get("codes"):
            context.out.line(" " * (width + 4) + row["codes"])


@verb(help_app, "exit-codes", columns=_TOPIC)
def exit_codes(context: Context) -> None:
    """Explain exit statuses: one meaning each, for every command."""
    _page(context, topics.exit_codes(), 'itmsctl task run patch --target web; test $? -eq 7 && echo "some failed"')


@verb(help_app, "selectors", columns=_TOPIC)
def selectors(context: Context) -> None:
    """Explain the ways of picking computers."""
    _page(context, topics.selectors(), "itmsctl computer list --where \"os_family = 'linux'\" -l env=prod")


@verb(help_app, "fields", columns=_TOPIC)
def fields(context: Context) -> None:
    """Explain the fields of expressions."""
    _page(context, topics.fields(), "itmsctl computer list --where \"site = 'rome' and os_family = 'linux'\"")


@verb(help_app, "output", columns=_TOPIC)
def output(context: Context) -> None:
    """Explain output formats."""
    _page(context, topics.output(FORMATS), "itmsctl site list -o json --fields name,region")


@verb(help_app, "environment", columns=_TOPIC)
def environment(context: Context) -> None:
    """Explain environment variables."""
    _page(context, topics.environment(configuration.SETTINGS), "ITMSCTL_DB=postgresql://itms@db/cmdb itmsctl site list")


@verb(help_app, "docs", columns=_TOPIC)
def docs(context: Context) -> None:
    """Say where the pages of the documentation are."""
    from itmsctl.admin.service.pages import pages

    _page(context, pages(), "itmsctl help docs -o name | grep filters")


def version(context: Context) -> None:
    """Say which version this is.

    Example: itmsctl version -o json
    """
    if context.settings.output or context.settings.json:
        context.out.show((Column("name"), Column("version")), {"name": "itmsctl", "version": __version__})
    else:
        context.out.line(f"itmsctl {__version__}")


version_app = root_command("version", version)
