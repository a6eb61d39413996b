"""`main`: the only code that catches. argv in, exit status out."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
from collections.abc import Sequence
from itertools import pairwise
from types import FrameType
from typing import Any

import typer
from typer.exceptions import TyperException

from itmsctl.cli import failures, meant
from itmsctl.cli.context import Context, process_context
from itmsctl.errors import ItmsError, MachineLimitError, StorageFullError, UsageError

BROKEN_PIPE = 141
_NO_THREAD = "can't start new thread"
INTERRUPTED = 130
TERMINATED = 143


class Terminated(KeyboardInterrupt):
    """SIGTERM: what was started stays resumable."""


def main(argv: Sequence[str], context: Context | None = None) -> int:
    """Run one command and return its exit status. Tests call this, so that their path is the user's."""
    context = context or process_context(argv)
    try:
        status = _run(argv, context)
        context.stdout.flush()
    except BrokenPipeError:
        _silence(context)
        return BROKEN_PIPE
    except OSError as error:
        _silence(context)
        return _failed(context, StorageFullError("the output cannot be written", why=str(error)))
    else:
        return status
    finally:
        context.close()


def _run(argv: Sequence[str], context: Context) -> int:
    try:
        return _tried(argv, context)
    except MemoryError:
        pass  # what was held goes with the error: only behind this block is there room for words
    gc.collect()
    return _failed(context, _limited(MemoryError()))


def _tried(argv: Sequence[str], context: Context) -> int:
    try:
        result = _invoke(argv, context)
    except ItmsError as error:
        return _failed(context, error)
    except TyperException as error:
        return _misused(context, error)
    except typer.Exit as error:
        return int(error.exit_code)
    except Terminated:
        return _interrupted(context, TERMINATED)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(context, INTERRUPTED)
    except BrokenPipeError:
        raise
    except OSError as error:
        if error.filename is None and error.errno is not None:
            raise
        return _bug(context, error)
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever is not an ItmsError is a bug, and this is where bugs end
        return _failed(context, _limited(error)) if _NO_THREAD in str(error) else _bug(context, error)
    return result if isinstance(result, int) else 0


def _limited(error: BaseException) -> MachineLimitError:
    return MachineLimitError(
        "this machine gives the command no more memory or threads",
        why=str(error) or type(error).__name__,
        hint="lower --concurrency, or raise the limit: ulimit -v; ulimit -u",
    )


def _invoke(argv: Sequence[str], context: Context) -> Any:
    # Not by the parser's own `main`: that would turn interrupts and lost readers into statuses of its own.
    from itmsctl.cli.complete import is_completing
    from itmsctl.cli.root import build

    root = build()
    if is_completing():
        from itmsctl.cli.offers import tell_shell

        tell_shell(root, context)
        return 0
    with root.make_context("itmsctl", list(argv), obj=context) as ctx:
        return root.invoke(ctx)


def _failed(context: Context, error: ItmsError) -> int:
    failures.render(context, error)
    return error.exit_status


def _interrupted(context: Context, status: int) -> int:
    context.say("interrupted: each change is stored whole or not at all; the same command may be given again")
    return status


def _bug(context: Context, error: BaseException) -> int:
    failures.report_bug(context, error)
    return 1


def _misused(context: Context, error: TyperException) -> int:
    # Parsing stopped before the options were taken: how errors are written still counts.
    words = [*context.argv, ""]
    if "--error-format=json" in words or ("--error-format", "json") in pairwise(words):
        context.settings.error_format = "json"
    if type(error).__name__ == "NoArgsIsHelpError":
        context.stderr.write(error.format_message() + "\n")
        return 2
    if getattr(error, "option_name", "") == "--fields":
        return _list_fields(context, error)
    ctx: Any = getattr(error, "ctx", None)
    hint = f"{ctx.command_path} --help" if ctx is not None else "itmsctl --help"
    near = _option_meant(error, ctx)
    hint = getattr(error, "try_next", "") or (f"did you mean `{near}`? {hint}" if near else hint)
    return _failed(context, UsageError(error.format_message(), hint=hint))


def _option_meant(error: Any, ctx: Any) -> str:
    """Return the option that was meant where one is not there; what the parser itself would offer is left out."""
    if ctx is None or not hasattr(error, "possibilities"):
        return ""
    error.possibilities = None
    return meant.option(error.option_name, [flag for p in ctx.command.params for flag in (*p.opts, *p.secondary_opts)])


def _list_fields(context: Context, error: TyperException) -> int:
    # A bare `--fields` lists them: the parser has already found out which command it was given to.
    ctx: Any = getattr(error, "ctx", None)
    columns = getattr(getattr(ctx.command, "callback", None), "columns", ()) if ctx is not None else ()
    if not columns:
        return _failed(context, UsageError("--fields needs names here", hint="--fields name,id"))
    for name in dict.fromkeys(["id", "name", "revision", *(c.name for c in columns)]):
        context.stdout.write(name + "\n")
    return 0


def _silence(context: Context) -> None:
    # The reader went away: nothing more can be said there, and the interpreter must not try at its end.
    if context.stdout is sys.stdout:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)


def harden() -> None:
    """Set what holds for the whole process: private files, no core dumps, SIGTERM as an interrupt."""
    _open_standard_streams()
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGTERM, _on_term)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")
    # Without a handler the logs of libraries, tracebacks included, would go to stderr, which is for our words.
    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger("paramiko").setLevel(logging.CRITICAL)


def _open_standard_streams() -> None:
    # Where a caller closed one of the three, the next file opened (the database) would get its number, and words
    # meant for people would be written into it.
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "w" if number else "r", encoding="utf-8"))


def _on_term(_signal: int, _frame: FrameType | None) -> None:
    raise Terminated
