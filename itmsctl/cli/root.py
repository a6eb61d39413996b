"""The root command: groups are found by listing rooms, and imported only when one is asked for."""

from __future__ import annotations

import importlib
from copy import copy
from typing import Any

import typer
from typer.core import TyperGroup

from itmsctl import __version__
from itmsctl.cli import meant, plain_values
from itmsctl.cli.help_page import first_sentence, write_rows
from itmsctl.cli.options import Branch
from itmsctl.values.kind import PARTS, house

_HELP = """IT management from the command line, over one SQL database.

Examples:
  itmsctl site add rome
  itmsctl subnet add 10.1.0.0/16 --site rome
  itmsctl computer import computers.csv
  itmsctl filter add linux-rome --where "site = 'rome' and os_family = 'linux'"
  itmsctl task run --command 'uname -sr' --target linux-rome --key ~/.ssh/id_ed25519

More: itmsctl help NOUN VERB; itmsctl help exit-codes|selectors|fields|output|environment|docs
"""


class Root(Branch):
    """Groups by name; the real one takes the place of its stand-in when it is asked for."""

    help_lists_global = True

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """Return the names of all groups."""
        return sorted(house().groups())

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - the parser's signature
        """Return a stand-in that knows the name and the one-line help, for listings."""
        found = house().groups().get(cmd_name)
        if found is None:
            return None
        return TyperGroup(name=cmd_name, help=found[1].help, rich_markup_mode=None)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Import the group that was asked for."""
        names: Any = dict.fromkeys(self.list_commands(ctx))
        self.commands = names
        if args[0] == "help":
            args = self._asked_for_help(ctx, args)
        name, found, rest = super().resolve_command(ctx, args)
        verb = rest[0] if rest else ""
        return name, load_group(name, verb) if found is not None and name else found, rest

    def _asked_for_help(self, ctx: Any, args: list[str]) -> list[str]:
        """Return what `help`, `help NOUN` and `help NOUN VERB` stand for; a page of `help` itself is left as it is."""
        words = [word for word in args[1:] if not word.startswith("-")]
        if len(args) == 1 and not ctx.resilient_parsing:
            ctx.obj.stdout.write(ctx.get_help() + "\n")
            raise typer.Exit
        if not words or words[0] in load_group("help").commands:
            return args
        return [*words[:2], "--help"]

    def try_next(self, ctx: Any, args: list[str]) -> str:
        """Return the command to type where there is no such noun: `get computers` is `computer show`."""
        known, next_word = self.list_commands(ctx), args[1] if len(args) > 1 else ""
        found = meant.noun(args[0], known)
        if found:
            return f"itmsctl {found} {_verb_meant(found, next_word)}".rstrip()
        other = meant.noun(next_word, known)
        verb = _verb_meant(other, "list" if args[0] == "get" and len(args) == 2 else args[0])
        return f"itmsctl {other} {verb}" if verb else ""

    def _write_verbs(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - as that of every page
        groups = [group for _, group in sorted(house().groups().values(), key=lambda found: found[1].name)]
        for part, title in PARTS.items():
            write_rows(formatter, title, [(g.name, first_sentence(g.help)) for g in groups if g.part == part])


def _verb_meant(noun: str, word: str) -> str:
    verbs = list(getattr(load_group(noun), "commands", ())) if noun and word else []
    return meant.verb(word, verbs)


def load_group(name: str, verb: str = "") -> Any:
    """Return the real command group of a name; where `verb` is one of its commands, with that one only.

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
    """Return the root command."""
    plain_values.use()
    app = typer.Typer(add_completion=False)

    @app.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", "-V", help="Say which version this is.", is_eager=True, callback=_show_version
        ),
    ) -> None:
        """Carry the root's own options."""

    specimen = typer.main.get_group(app)
    own = [p for p in specimen.params if p.name == "version"]
    return Root(name="itmsctl", params=own, help=_HELP, no_args_is_help=True, rich_markup_mode=None)
