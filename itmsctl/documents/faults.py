"""Where what libraries and the system say of files becomes our errors. The only such place of this package."""

from __future__ import annotations

import csv
import errno
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from itmsctl.errors import FileFormatError, ItmsError, StorageError, StorageFullError
from itmsctl.values.untrusted import log_text

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

MAX_DEPTH = 64  # of lists and maps inside each other


def at(name: str, line: int = 0, column: int | str = 0) -> str:
    """Return `file:line:column`, as far as known (both count from 1)."""
    place = log_text(name)
    if line:
        place += f":{line}"
        if column:
            place += f":{column}"
    return place


def bad_format(name: str, what: str, *, line: int = 0, column: int = 0, hint: str = "") -> FileFormatError:
    """Return the error of a file that is not in the form it should be in."""
    return FileFormatError(f"{at(name, line, column)}: {what}", hint=hint, details=_place(name, line, column))


def _place(name: str, line: int, column: int) -> dict[str, object]:
    place: dict[str, object] = {"file": name}
    if line:
        place["line"] = line
    if column:
        place["column"] = column
    return place


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Turn every failure of reading `name` into a FileFormatError (exit 3); ours pass through."""
    try:
        yield
    except ItmsError:
        raise
    except OSError as error:
        raise FileFormatError(f"cannot read `{log_text(name)}`", why=_reason(error), details={"file": name}) from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise bad_format(name, f"byte 0x{error.object[error.start]:02x} is not UTF-8", line=line) from error
    except json.JSONDecodeError as error:
        raise bad_format(name, f"not JSON: {error.msg}", line=error.lineno, column=error.colno) from error
    except csv.Error as error:
        raise bad_format(name, f"not CSV: {error}") from error
    except RecursionError as error:
        raise bad_format(name, "nested too deep") from error
    except Exception as error:
        raise _yaml_fault(name, error) or error from error


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Turn every failure of writing `name` into a StorageError (exit 11); ours pass through."""
    try:
        yield
    except ItmsError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StorageFullError(f"no room to write `{log_text(name)}`", why=_reason(error)) from error
        if error.errno == errno.ELOOP:
            raise StorageError(f"refusing to follow a link: `{log_text(name)}`") from error
        if error.errno == errno.EEXIST:
            raise StorageError(
                f"`{log_text(name)}` exists already", hint="name another file, or remove that one"
            ) from error
        raise StorageError(f"cannot write `{log_text(name)}`", why=_reason(error)) from error


def _reason(error: OSError) -> str:
    return error.strerror or type(error).__name__


def _yaml_fault(name: str, error: Exception) -> FileFormatError | None:
    """Return ours for an error of the YAML library, which is asked only where it has been imported."""
    yaml = sys.modules.get("yaml")
    if yaml is None or not isinstance(error, yaml.YAMLError):
        return None
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be parsed"
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
    if "nesting depth" in str(what):  # newer parsers have a limit of their own, and look ahead
        return bad_format(name, f"nested deeper than {MAX_DEPTH}", line=line, column=column)
    return bad_format(name, f"not YAML: {log_text(str(what))}", line=line, column=column)
