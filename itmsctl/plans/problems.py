"""What is wrong with documents: functions return it beside what they read, so that one run names every mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from itmsctl.documents.located import DocumentPlace
from itmsctl.errors import ConflictError, DocumentsConflictError, DocumentsRejectedError, ItmsError

MOST = 1000  # mistakes of one command: a file of another kind is full of them


class Problem(NamedTuple):
    """One mistake, where it stands, and the field that it is about where it is about one."""

    place: DocumentPlace
    what: str
    hint: str = ""
    field: str = ""
    conflict: bool = False  # the database stands against it, not the document

    def __str__(self) -> str:
        """Return it in one line."""
        return f"{self.place}: {self.what}" + (f"; {self.hint}" if self.hint else "")

    def where(self) -> dict[str, Any]:
        """Return place and field, as details of an error."""
        return self.place.as_dict() | ({"field": self.field} if self.field else {})


Problems = Sequence[Problem]


def taken(place: DocumentPlace, error: ItmsError, say: Callable[[str], str] = str) -> Problem:
    """Return an error of ours as a mistake of what stands at a place; `say` puts its words as documents have them."""
    what = say(error.message.removeprefix(f"{place}: ")) + (f" ({say(error.why)})" if error.why else "")
    field = str(error.details.get("field", ""))
    return Problem(place, what, say(error.hint), field, isinstance(error, ConflictError))


def refuse(problems: Problems, *, at_least: int = 1) -> None:
    """Raise where there are so many mistakes, as `rejected` answers it."""
    if len(problems) >= at_least:
        raise rejected(problems)


def rejected(problems: Problems) -> ItmsError:
    """Return the error that names all mistakes in the order of files and lines.

    It is a conflict where the database alone stands against them.
    """
    count = len(problems)
    many = "1 mistake" if count == 1 else f"{count} mistakes" + (", and no more were looked for" * (count >= MOST))
    kind = DocumentsConflictError if all(p.conflict for p in problems) else DocumentsRejectedError
    told = sorted(problems, key=lambda p: p.place.order)
    first = told[0]
    return kind(
        f"{many}; nothing was applied",
        why=str(first) if count == 1 else "",
        hint=first.hint if count == 1 else "",
        details={
            **first.where(),
            "problems": [str(problem) for problem in told],
            "places": [problem.where() for problem in told],
        },
    )
