"""Global options, added to every leaf, so that they may stand before or after the verb; argv is never rewritten."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Annotated, Any, TypedDict, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException

from itmsctl.cli import meant
from itmsctl.cli.collector import collect_after_start
from itmsctl.cli.context import Context
from itmsctl.cli.declare import Verb
from itmsctl.cli.global_options import global_options
from itmsctl.cli.help_page import HelpPage
from itmsctl.cli.looking_back import refuse_looking_back
from itmsctl.cli.tracing import trace_settings
from itmsctl.values.lean import dataclass

if TYPE_CHECKING:
    from itmsctl.cli.output import Column

_F = TypeVar("_F", bound=Callable[..., Any])


def _take(ctx: typer.Context) -> None:
    """Move the global options that were given from the parser's values to the context."""
    context: Context = ctx.obj
    for parameter in global_options():
        name = str(parameter.name)
        if name not in ctx.params or parameter not in ctx.command.params:
            continue  # a verb may have an option of this name that is its own
        value = ctx.params.pop(name)
        source = ctx.get_parameter_source(name)
        if source is not None and source.name != "DEFAULT":
            setattr(context.settings, name, value)


@contextmanager
def _named(ctx: Any) -> Iterator[None]:
    # The parser itself does not know for which command it parses; `main` has to name it.
    try:
        yield
    except TyperException as error:
        if getattr(error, "ctx", ctx) is None:
            error.ctx = ctx  # type: ignore[attr-defined]  # errors of usage have it
        raise


class Leaf(HelpPage, TyperCommand):
    """A command with the global options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {option for p in self.params for option in p.opts}
        self.params = [*self.params, *(p for p in global_options() if not own.intersection(p.opts))]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; an error says for which command."""
        with _named(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Take the global options, then run."""
        _take(ctx)
        trace_settings(ctx.obj, ctx.command_path)
        refuse_looking_back(ctx.obj, self, ctx.command_path)
        collect_after_start()
        return super().invoke(ctx)


class Branch(HelpPage, TyperGroup):
    """A group with the global options."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params = [*self.params, *global_options()]
        self.suggest_commands = False  # ours are better: `meant`

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse; an error says for which command."""
        with _named(ctx):
            return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        """Take the global options, then go on to the command."""
        _take(ctx)
        return super().invoke(ctx)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Find the command; an error says which one may have been meant."""
        try:
            return super().resolve_command(ctx, args)
        except TyperException as error:
            error.try_next = self.try_next(ctx, args)  # type: ignore[attr-defined]  # `main` reads it
            raise

    def try_next(self, ctx: Any, args: list[str]) -> str:
        """Return the command to type where there is none of this name; empty where none is near."""
        found = meant.verb(args[0], list(self.commands))
        return f"{ctx.command_path} {found}" if found else ""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the parser's signature
        """Return the verbs in the order in which they were written."""
        return list(self.commands)


def group(help_text: str) -> typer.Typer:
    """Return an empty command group; add verbs with `verb`."""
    return typer.Typer(cls=Branch, help=help_text, no_args_is_help=True, add_completion=False)


def verb(
    app: typer.Typer, name: str, *, columns: Sequence[Column] = (), types: dict[str, Any] | None = None, **settings: Any
) -> Callable[[_F], _F]:
    """Register a function as a verb of a group, with the global options; its parameters are read as `declare` says.

    A bare `--fields` lists the `columns`. `types` say what those parameters are that depend on a value, such as a noun.
    """
    register = app.command(name, cls=Leaf, **settings)

    def decorate(function: _F) -> _F:
        register(Verb(function, types or {}, columns))
        return function

    return decorate


def root_command(name: str, function: Callable[..., Any], *, columns: Sequence[Column] = ()) -> Any:
    """Return a command that stands at the root by itself, with the global options."""
    app = typer.Typer(add_completion=False)
    verb(app, name, columns=columns)(function)
    return typer.main.get_command(app)


# Options that many verbs share.
DryRun = Annotated[bool, typer.Option("--dry-run", help="Do it all, then roll it back: write nothing.")]
Rename = Annotated[str | None, typer.Option("--rename", metavar="NEW", help="Give it another name.")]
Unset = Annotated[list[str], typer.Option("--unset", metavar="FIELD", help="Empty a field.")]
Revision = Annotated[int | None, typer.Option("--revision", metavar="N", help="Refuse unless it is at this revision.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=0, help="At most N.")]
Sort = Annotated[str, typer.Option("--sort", metavar="FIELD", help="Order by this field; -FIELD turns it round.")]
Where = Annotated[str | None, typer.Option("--where", metavar="EXPR", help="Expression over the computer's fields.")]
Labels = Annotated[
    str | None, typer.Option("-l", "--tags", "--labels", metavar="TAGS", help="Tags: 'env=prod,!retired'.")
]
InSite = Annotated[str | None, typer.Option("--site", metavar="SITE", help="Computers of this site.")]
InSubnet = Annotated[str | None, typer.Option("--subnet", metavar="CIDR", help="Computers with an address in it.")]
Target = Annotated[
    str | None, typer.Option("--target", metavar="X", help="Target, filter or group; a & b; @run:R-1:failed; -.")
]
All = Annotated[bool, typer.Option("--all", help="All computers.")]
Expect = Annotated[int | None, typer.Option("--expect", metavar="N", min=0, help="Refuse unless exactly N are picked.")]
Max = Annotated[int | None, typer.Option("--max", metavar="N", min=0, help="Refuse if more than N are picked.")]
Confirm = Annotated[str | None, typer.Option("--confirm", metavar="NAME[:COUNT]", help="Confirm without a question.")]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SelectorOptions:
    """What narrows computers down, all of it together."""

    where: Where = None
    labels: Labels = None
    site: InSite = None
    subnet: InSubnet = None


class ListArguments(TypedDict):
    """What a shelf's `list` is asked."""

    sort: str
    descending: bool
    limit: int | None


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OrderOptions:
    """In which order a list comes, and how much of it."""

    sort: Sort = "name"
    limit: Limit = None

    @property
    def asked(self) -> ListArguments:
        """Return it as a shelf's `list` takes it."""
        return {"sort": self.sort.lstrip("-"), "descending": self.sort.startswith("-"), "limit": self.limit}


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ChangeOptions:
    """What every `set` takes beside fields."""

    rename: Rename = None
    unset: Unset = field(default_factory=list)
    revision: Revision = None
    dry_run: DryRun = False
