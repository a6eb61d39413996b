"""ServerPolicies: what the tick drives on the machine of the CMDB alone, one step at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.cmdb.doc import Doc
from itmsctl.cmdb.work import Reader, UnitOfWork
from itmsctl.policies.service.policies import Policies
from itmsctl.security.via import Via

if TYPE_CHECKING:
    from itmsctl.tasks.options import RunOptions
    from itmsctl.tasks.program import Program


class ServerPolicies(Policies):
    """The shelf of a noun whose runs contact no computer: one step of `task_kind`, told its name as `argument`."""

    task_kind: str
    argument: str

    def members(self, reader: Reader, doc: Doc) -> frozenset[int]:  # noqa: ARG002 - the shelf's
        """Return nobody: what runs, runs here."""
        return frozenset()

    def work_of(self, reader: Reader, doc: Doc) -> tuple[Program, int | None, int | None]:  # noqa: ARG002 - no task is stored
        """Return the one step."""
        from itmsctl.tasks.catalogue import action
        from itmsctl.tasks.program import Program
        from itmsctl.tasks.step import Step

        kind = action(self.task_kind)
        arguments = kind.written({self.argument: doc.name})
        step = Step(doc.name, kind.name, time_limit_s=kind.time_limit_s, idempotent=True, arguments=arguments)
        return Program.of(step), None, None

    def options_of(self, doc: Doc) -> RunOptions:  # noqa: ARG002 - the shelf's
        """Return how its runs go: ticks drive them."""
        from itmsctl.tasks.options import RunOptions

        return RunOptions(background=True, ignore_windows=True)

    def via_of(self, doc: Doc) -> Via:  # noqa: ARG002 - the shelf's
        """Return no way to computers."""
        return Via()

    def hears_again(self, unit: UnitOfWork, before: Doc, doc: Doc) -> bool:  # noqa: ARG002 - of the shelf
        """Return that it hears no events."""
        return False
