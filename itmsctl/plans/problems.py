"""What is wrong with documents: all of it is gathered, so that one run names every mistake."""

from __future__ import annotations

from dataclasses import dataclass, field

from itmsctl.errors import ConflictError, DocumentsConflictError, DocumentsRejectedError, ItmsError


@dataclass(frozen=True)
class Problem:
    """One mistake: `place` is file:line:column, as far as it is known."""

    place: str
    what: str
    hint: str = ""
    conflict: bool = False  # the database stands against it, not the document

    def __str__(self) -> str:
        """Answer it in one line."""
        return f"{self.place}: {self.what}" + (f"; {self.hint}" if self.hint else "")


@dataclass
class Problems:
    """All that was found so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: str, what: str, hint: str = "") -> None:
        """Take a mistake."""
        self.found.append(Problem(place, what, hint))

    def take(self, place: str, error: ItmsError) -> None:
        """Take an error of ours as a mistake of what stands there."""
        what = error.message + (f" ({error.why})" if error.why else "")
        if what.startswith(f"{place}: "):
            what = what[len(place) + 2 :]
        self.found.append(Problem(place, what, error.hint, isinstance(error, ConflictError)))

    def refuse(self) -> None:
        """Raise where anything was found, as `error` answers it."""
        if self.found:
            raise self.error()

    def error(self) -> ItmsError:
        """Answer the error that names all mistakes: a conflict where the database alone stands against them."""
        count = len(self.found)
        many = "1 mistake" if count == 1 else f"{count} mistakes"
        kind = DocumentsConflictError if all(p.conflict for p in self.found) else DocumentsRejectedError
        lines = [str(problem) for problem in self.found]
        return kind(
            f"{many}; nothing was applied",
            why=lines[0] if count == 1 else "",
            hint=self.found[0].hint if count == 1 else "",
            details={"problems": lines},
        )
