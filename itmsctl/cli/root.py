"""The root command: groups are found by listing rooms, and imported only when one is asked for."""

from __future__ import annotations

import importlib
from copy import copy
from typing import Any

import typer
from typer.core import TyperGroup

from itmsctl import __version__
from itmsctl.cli.options import Branch
from itmsctl.values.kind import house

_HELP = """IT management from the command line, over one SQL database.

Examples:
  itmsctl site add rome
  itmsctl subnet add 10.1.0.0/16 --site rome
  itmsctl computer import computers.csv
  itmsctl filter add linux-rome --where "site = 'rome' and os_family = 'linux'"
  itmsctl task run --command 'uname -sr' --target linux-rome --key ~/.ssh/id_ed25519

More: itmsctl help exit-codes|selectors|fields|output|environment|docs
"""


class Root(Branch):
    """Groups by name; the real one takes the place of its stand-in when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """Answer the names of all groups."""
        return sorted(house().groups())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the parser's signature
        """Answer a stand-in that knows the name and the one-line help, for listings."""
        found = house().groups().get(cmd_name)
        if found is None:
            return None
        return TyperGroup(name=cmd_name, help=found[1].help, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the group that was asked for."""
        names: Any = dict.fromkeys(self.list_commands(ctx))
        self.commands = names  # "did you mean" looks here
        name, found, rest = super().resolve_command(ctx, args)
        verb = rest[0] if rest else ""
        return name, load_group(name, verb) if found is not None and name else found, rest


def load_group(name: str, verb: str = "") -> Any:
    """Answer the real command group of a name; where `verb` is one of its commands, with that one only.

    Each command that is built costs about a millisecond of every start. Verbs that other rooms add (`VERBS` in their
    kinds.py) are looked for only where the group itself has none of that name.
    """
    room, group = house().groups()[name]
    module = importlib.import_module(f"itmsctl.{room}.{group.module}")
    loaded = getattr(module, group.app)
    if isinstance(loaded, typer.Typer):
        loaded = copy(loaded)
        asked = [command for command in loaded.registered_commands if command.name == verb]
        if not asked:
            loaded.registered_commands = list(loaded.registered_commands)
            for register in house().verbs_of(name):
                register(loaded)
            asked = [command for command in loaded.registered_commands if command.name == verb]
        loaded.registered_commands = asked or loaded.registered_commands
    command = typer.main.get_group(loaded) if isinstance(loaded, typer.Typer) else loaded
    command.name = name
    return command


def _show_version(ctx: typer.Context, _parameter: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.obj.stdout.write(f"itmsctl {__version__}\n")
        raise typer.Exit


def build() -> Root:
    """Answer the root command."""
    app = typer.Typer(add_completion=False)

    @app.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", help="Say which version this is.", is_eager=True, callback=_show_version
        ),
    ) -> None:
        """Carry the root's own options."""

    specimen = typer.main.get_group(app)
    own = [p for p in specimen.params if p.name == "version"]
    completion = list(typer.main.get_install_completion_arguments())
    return Root(name="itmsctl", params=[*own, *completion], help=_HELP, no_args_is_help=True, rich_markup_mode=None)
