"""The text of a filter, and the errors that point into it."""

from __future__ import annotations

from itmsctl.errors import ExpressionError

MAX_BYTES = 64 * 1024


class SourceText:
    """A text whose offsets are told as line and column, both from 1."""

    def __init__(self, text: str) -> None:
        self.text = text

    def position(self, offset: int) -> tuple[int, int]:
        """Return line and column of an offset."""
        before = self.text[:offset]
        return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1

    def error(self, message: str, offset: int, hint: str = "") -> ExpressionError:
        """Return an error that points at an offset."""
        line, column = self.position(offset)
        return ExpressionError(
            f"{message} (line {line}, column {column})",
            hint=hint,
            details={"line": line, "column": column, "offset": offset},
        )


def checked(text: str, what: str = "expression") -> SourceText:
    """Return a text that may be looked at: of sane size, without NUL, storable as UTF-8, not empty.

    Raises ExpressionError.
    """
    source = SourceText(text)
    if len(text) > MAX_BYTES or len(text.encode(errors="replace")) > MAX_BYTES:
        raise source.error(f"the {what} is longer than 64 KiB", 0, "keep names in a file and give it as --target @FILE")
    for offset, char in enumerate(text):
        if char == "\0" or "\ud800" <= char <= "\udfff":
            raise source.error(f"the {what} holds a character that is no text", offset)
    if not text.strip():
        raise source.error(f"the {what} is empty", 0, "write `true` for every computer")
    return source
