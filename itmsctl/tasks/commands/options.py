"""Options that several verbs share, and how a verb is given them: declared once, so that no two verbs differ."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import typer

from itmsctl.cli import connection as over
from itmsctl.cli.context import Context
from itmsctl.cli.options import verb
from itmsctl.cli.output import Column


class Option(NamedTuple):
    """A parameter of a verb: its name in the code, what the parser reads of it, and its default."""

    name: str
    annotation: Any
    default: Any = inspect.Parameter.empty


# How computers are reached, as every verb asks it that drives a run.
CONNECTION: tuple[Option, ...] = (
    Option("transport", over.TransportName, None),
    Option("key", over.KeyFiles, []),
    Option("agent", over.Agent, False),
    Option("user", over.User, None),
    Option("port", over.Port, None),
    Option("password_file", over.PasswordFile, None),
    Option("sudo_password_file", over.SudoPasswordFile, None),
    Option("credential", over.Credential, []),
    Option("passphrase_file", over.PassphraseFile, None),
    Option("connect_timeout", over.ConnectTimeout, None),
    Option("concurrency", over.Concurrency, None),
)
ACCEPT_NEW = Option("accept_new", over.AcceptNew, False)


def declare(
    app: typer.Typer,
    name: str,
    act: Callable[[Context, Mapping[str, Any]], int],
    options: Sequence[Option],
    text: str,
    *,
    columns: Sequence[Column] = (),
) -> None:
    """Make a verb of a function that is given all its options as one mapping, by their names."""

    def run(ctx: typer.Context, **given: Any) -> int:
        return act(ctx.obj, given)

    parameters = [inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)]
    parameters += [
        inspect.Parameter(o.name, inspect.Parameter.KEYWORD_ONLY, default=o.default, annotation=o.annotation)
        for o in options
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # the parser reads it
    run.__annotations__ = {p.name: p.annotation for p in parameters} | {"return": int}
    if columns:
        run.columns = columns  # type: ignore[attr-defined]  # a bare --fields lists them
    verb(app, name, help=text)(run)
