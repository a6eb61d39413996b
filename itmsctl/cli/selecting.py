"""Which computers a verb means: names, `-`, `@FILE`, `--where`, `-l`, `--site`, `--subnet`, `--target`, `--all`."""

from __future__ import annotations

from dataclasses import field
from typing import Annotated

from itmsctl.cli.context import Context
from itmsctl.cli.naming import STDIN, given_names, is_several, names_argument
from itmsctl.cli.options import All, Expect, Max, SelectorOptions, Target
from itmsctl.errors import UsageError
from itmsctl.values.lean import dataclass

Computers = Annotated[list[str], names_argument("computer", "Names or GUIDs of computers.")]


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ReadingSelectors(SelectorOptions):
    """What was typed of a verb that reads. Several together mean the computers that satisfy all of them."""

    names: Computers = field(default_factory=list)
    target: Target = None

    def listed(self, context: Context) -> list[str]:
        """Return the names that were given, also by standard input and files. Raises NotFoundError, InputError."""
        if STDIN in self.names and (self.target or "").strip() == STDIN:
            raise UsageError("standard input is read once", hint="leave out `-` or `--target -`")
        return given_names(context, self.names, "computer") if self.names else []

    @property
    def beyond_names(self) -> bool:
        """Return whether anything but names was given."""
        return any(one is not None for one in (self.where, self.labels, self.site, self.subnet, self.target))

    @property
    def several(self) -> bool:
        """Return whether several computers may be meant, so that machines are given a list."""
        return self.beyond_names or is_several(self.names)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ActingSelectors(ReadingSelectors):
    """The same of a verb that changes or acts: it needs one of them, or `--all`."""

    everything: All = False
    expect: Expect = None
    maximum: Max = None

    @property
    def beyond_names(self) -> bool:
        """Return whether anything but names was given, `--all` too."""
        return self.everything or super().beyond_names
