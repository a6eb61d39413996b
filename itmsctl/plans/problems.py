"""What is wrong with documents: all of it is gathered, so that one run names every mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from itmsctl.errors import ConflictError, DocumentsConflictError, DocumentsRejectedError, ItmsError

MOST = 1000  # mistakes of one command


@dataclass(frozen=True)
class Problem:
    """One mistake: `place` is file:line:column, as far as it is known."""

    place: str
    what: str
    hint: str = ""
    conflict: bool = False  # the database stands against it, not the document

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.place}: {self.what}" + (f"; {self.hint}" if self.hint else "")


@dataclass
class Problems:
    """All that was found so far."""

    found: list[Problem] = field(default_factory=list)

    def add(self, place: str, what: str, hint: str = "") -> None:
        """Take a mistake. Raise what was found where there are too many: a file of another kind is full of them."""
        self._note(Problem(place, what, hint))

    def _note(self, problem: Problem) -> None:
        self.found.append(problem)
        if len(self.found) >= MOST:
            raise self.error()

    def stopped(self, place: str, what: str, hint: str) -> ItmsError:
        """Return the error of a mistake that nothing can be read behind, with those found before it."""
        self.found.append(Problem(place, what, hint))
        return self.error()

    def take(self, place: str, error: ItmsError, say: Callable[[str], str] = str) -> None:
        """Take an error of ours as a mistake of what stands there; `say` puts its words as documents have them."""
        what = say(error.message) + (f" ({say(error.why)})" if error.why else "")
        if what.startswith(f"{place}: "):
            what = what[len(place) + 2 :]
        self._note(Problem(place, what, say(error.hint), isinstance(error, ConflictError)))

    def refuse(self) -> None:
        """Raise where anything was found, as `error` answers it."""
        if self.found:
            raise self.error()

    def error(self) -> ItmsError:
        """Return the error that names all mistakes: a conflict where the database alone stands against them."""
        count = len(self.found)
        many = "1 mistake" if count == 1 else f"{count} mistakes" + (", and no more were looked for" * (count >= MOST))
        kind = DocumentsConflictError if all(p.conflict for p in self.found) else DocumentsRejectedError
        lines = [str(problem) for problem in self.found]
        return kind(
            f"{many}; nothing was applied",
            why=lines[0] if count == 1 else "",
            hint=self.found[0].hint if count == 1 else "",
            details={"problems": lines},
        )
