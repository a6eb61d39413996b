"""Objects named on the command line: several at once, `-` for names on standard input, `@FILE` for those in a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from itmsctl.cli.complete import names_of
from itmsctl.cli.context import Context
from itmsctl.cli.prompts import confirm, confirm_many
from itmsctl.errors import NotFoundError, UsageError
from itmsctl.values.counts import counted, listed
from itmsctl.values.kind import Kind

if TYPE_CHECKING:
    from itmsctl.cmdb.doc import Doc

STDIN = "-"
SEVERAL = "Several at once; - reads them from standard input, @FILE from a file."


def names_argument(kind: str, help_text: str = "", *, metavar: str = "NAME", shipped: str = "") -> Any:
    """Return the argument of a verb that takes objects of a kind: a list of words, for `given_names`."""
    text = f"{help_text or f'Name of the {kind}.'} {SEVERAL}"
    completion = names_of(kind, shipped=shipped)
    return typer.Argument(metavar=metavar, help=text, autocompletion=completion)


def is_source(word: str) -> bool:
    """Return whether a word stands for names elsewhere: no name begins so."""
    return word == STDIN or word.startswith("@")


def is_several(words: Sequence[str]) -> bool:
    """Return whether words may name several objects, so that machines are given a list."""
    return len(words) != 1 or is_source(words[0])


def given_names(context: Context, words: Sequence[str], kind: str, listing: str = "") -> list[str]:
    """Return the names that words stand for, each once. Raises NotFoundError where they name nothing, InputError.

    `listing` is the command that lists such names, where it is not the `list` of the kind.
    """
    from itmsctl.documents import listed as reading

    keys = reading.COMPUTER if kind == "computer" else reading.OBJECT
    found: dict[str, None] = {}
    for word in words:
        if word == STDIN:
            found |= dict.fromkeys(reading.names_in(context.stdin, "standard input", keys))
        elif word == "@":
            raise UsageError("@ without a name of a file", hint="@FILE reads names from a file, - from standard input")
        elif word.startswith("@"):
            found |= dict.fromkeys(reading.names_in_file(Path(word[1:]).expanduser(), keys))
        else:
            found[word] = None
    if not found:
        place = "standard input" if STDIN in words else "the file"
        raise NotFoundError(f"{place} names no {kind}", hint=f"itmsctl {listing or f'{kind} list'} -o name gives names")
    return list(found)


def confirm_removal(
    context: Context, kind: Kind, docs: Sequence[Doc], given: str | None, reasons: Sequence[str] = ()
) -> None:
    """Ask whether to remove objects, as their danger, their number and the guard's `reasons` want it.

    Raises ConfirmationRequiredError, NotConfirmedError, and SizeGuardError where they are more than the guard.
    """
    if len(docs) == 1:
        if given in {f"{kind.name}:1", ":1"}:  # a selection that may have been of many
            return
        confirm(context, kind.danger, f"remove {kind.name} `{docs[0].name}`", docs[0].name, given=given)
        return
    what = f"remove {counted(len(docs), kind.name)}: {listed([doc.name for doc in docs])}"
    confirm_many(context, kind.danger, what, kind.name, len(docs), given, reasons)
