"""What became of what sources told."""

from __future__ import annotations

from dataclasses import dataclass, field

from itmsctl.inventory.column_forms import Fault


@dataclass(frozen=True)
class ClassStored:
    """What became of one class of a report.

    `first` and `changed` wrote rows, `same` a stamp, `unread` why it could not be read. Nothing was written of what is
    `older` than what is held, of a difference that does not fit (`misfit`: ask for the class whole), and of a class
    that nobody knows (`unknown`). `is_repeated`: it is the `same`, and of the very moment of what is held.
    """

    state: str
    added: int = 0
    changed: int = 0
    removed: int = 0
    faults: tuple[Fault, ...] = ()
    why: str = ""
    is_repeated: bool = False


@dataclass(frozen=True)
class StoredReport:
    """What became of one report, class by class; `is_gone` where the computer was removed meanwhile."""

    computer_id: int
    classes: dict[str, ClassStored] = field(default_factory=dict)
    is_gone: bool = False

    @property
    def misfits(self) -> tuple[str, ...]:
        """Return the classes that are to be asked for again, whole."""
        return tuple(sorted(name for name, one in self.classes.items() if one.state == "misfit"))
