"""Help pages as plain text: what it is and an example first, then usage, own options, and global ones.

Drawn without rich, whose Markdown and panels would cost more than twice the start of the whole program.
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
from typing import Any

import typer

GLOBAL = "Global options"
_GROUPED_BY = "rich_help_panel"


class HelpPage:
    """Mixed into commands and groups of the parser: how their help page reads."""

    help_lists_global = False

    def format_help(self: Any, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        for paragraph in cleandoc(self.help or "").split("\n\n"):
            _write(formatter, paragraph)
        formatter.write_paragraph()
        formatter.write_usage(ctx.command_path, " ".join(_bare(piece) for piece in self.collect_usage_pieces(ctx)))
        parameters = self.get_params(ctx)
        shared = [p for p in parameters if getattr(p, _GROUPED_BY, None) == GLOBAL]
        own = [p for p in parameters if p not in shared]
        _section(ctx, formatter, "Arguments", [p for p in own if p.param_type_name == "argument"])
        _section(ctx, formatter, "Options", [p for p in own if p.param_type_name != "argument"])
        self._write_verbs(ctx, formatter)
        if self.help_lists_global:
            _section(ctx, formatter, GLOBAL, shared)
        elif shared:
            formatter.write_paragraph()
            names = ", ".join(p.opts[-1] for p in shared)
            formatter.write_text(f"{GLOBAL} (itmsctl --help): {names}")

    def _write_verbs(self: Any, ctx: Any, formatter: Any) -> None:
        verbs = self.list_commands(ctx) if hasattr(self, "list_commands") else []
        found = [(name, self.get_command(ctx, name)) for name in verbs]
        rows = [(name, first_sentence(command.help or "")) for name, command in found if command and not command.hidden]
        write_rows(formatter, "Commands", rows)

    def get_help_option_names(self: Any, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """Return `-h` and `--help`, but for what is an option of this command itself."""
        own = {flag for p in self.params for flag in (*p.opts, *p.secondary_opts)}
        return [flag for flag in ("-h", "--help") if flag not in own]

    def get_help_option(self, ctx: Any) -> Any:
        """Return the option `--help`, which writes to this invocation's stdout."""
        option = super().get_help_option(ctx)  # type: ignore[misc]  # the class that this is mixed into has it
        if option is not None:
            option.callback = _show
        return option


def write_rows(formatter: Any, title: str, rows: Sequence[tuple[str, str]]) -> None:
    """Write a list of names and what each is under a title; nothing where it is empty."""
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def first_sentence(text: str) -> str:
    """Return the first sentence of a help text, for lists of commands."""
    line = " ".join(cleandoc(text).split("\n\n")[0].split())
    head, stop, _ = line.partition(". ")
    return head + stop.strip()


def _bare(piece: str) -> str:
    # The parser writes `{NAME}` for a required argument; people write NAME.
    return piece.replace("{", "").replace("}", "").replace("[[", "[").replace("]]", "]")


def _show(ctx: typer.Context, _parameter: Any, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.obj.stdout.write(ctx.get_help() + "\n")
        raise typer.Exit


def _write(formatter: Any, paragraph: str) -> None:
    # Examples are there to be copied: they are never wrapped.
    if formatter.getvalue():
        formatter.write_paragraph()
    if paragraph.startswith(("Example", "More:", " ")):
        formatter.write(paragraph + "\n")
    elif paragraph:
        formatter.write_text(paragraph)


def _section(ctx: Any, formatter: Any, title: str, parameters: Sequence[Any]) -> None:
    rows = [record for record in (p.get_help_record(ctx) for p in parameters) if record is not None]
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)
