"""A program of a package on one endpoint: run once under a marker, from files that were checked there, and proven."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from itmsctl.errors import InputError, InterpreterMissingError
from itmsctl.packages.detection.probing import WINDOWS
from itmsctl.packages.judging import ProofOfRule, expected, is_needless, judged_end, reboot_codes, refused
from itmsctl.packages.manifest import PackageManifest, PackageProgram
from itmsctl.packages.service.detecting import detect
from itmsctl.packages.service.endpoint_texts import program_text
from itmsctl.packages.stock import known_by
from itmsctl.tasks.actions.power import GO
from itmsctl.tasks.service.executing import NOT_BACK
from itmsctl.transports.base import Transport
from itmsctl.transports.failures import shown
from itmsctl.transports.outcome import Command, CommandOutcome, HostFacts, RemoteState
from itmsctl.values.untrusted import shell_arg

ENDED = frozenset({RemoteState.SUCCEEDED, RemoteState.FAILED})


@dataclass(frozen=True)
class ProgramRun:
    """One program, one endpoint, one marker: at most one side effect, whoever asks and however often.

    The package must be in the cache there (`bringing.bring`). `until` is a moment of time.monotonic. `await_return`
    waits for a reboot, and returns why it did not come. `seen` holds what detection has said so far.
    """

    transport: Transport
    marker: str
    manifest: PackageManifest
    program: PackageProgram
    system: str
    until: float
    run_as: str | None = None
    cache: str = ""
    keep_s: float | None = None  # None: what is unused stays in the cache
    reboot: str | None = None  # None: as the program says
    limit_s: float | None = None  # None: as the program says
    await_return: Callable[[HostFacts], str] = lambda _: "nobody waits for it"
    rule: str | None = None  # None: that of the package
    action: str | None = None  # what the program is for; None: its name says it
    seen: list[ProofOfRule] = field(default_factory=list, compare=False)

    @property
    def wanted(self) -> bool | None:
        """Return whether the rule must hold afterwards; None where that says nothing."""
        return expected(self.action or self.program.name)

    def needless(self) -> ProofOfRule | None:
        """Return the proof that it need not run; None where it must, or nobody knows. Raises ItmsError."""
        proof = self.proof() if self.wanted is not None else None
        return proof if proof is not None and is_needless(self.action or self.program.name, proof) else None

    def proof(self) -> ProofOfRule | None:
        """Return what detection says now; None where the package has no rule. Raises ItmsError."""
        rule = self.rule or self.manifest.detect
        if rule is None:
            return None
        try:
            verdict = detect(self.transport, rule, self.system, self.run_as, self._left())
            found = ProofOfRule(verdict.truth, shown(verdict.text))
        except (InputError, InterpreterMissingError) as error:
            found = ProofOfRule(None, error.message)
        self.seen.append(found)
        return found

    def run(self) -> CommandOutcome:
        """Run it under the marker, and return its end as it is: `settled` says what that means."""
        return self.transport.run(self.command())

    def settled(self, ran: CommandOutcome, *, asked_later: bool = False) -> CommandOutcome:
        """Return what an end means, proven by detection; one without an exit status stays as it is.

        Raises ItmsError where the computer cannot be asked. Who was `asked_later` waits for no reboot.
        """
        code = ran.exit_status
        if code is None or ran.state not in ENDED:
            return ran
        if (refusal := refused(ran)) is not None:
            return refusal
        restarted = code in reboot_codes(self.program, self.reboot)
        if restarted and not asked_later and (why := self.await_return(ran.host)):
            return replace(ran, state=RemoteState.FAILED, reason=NOT_BACK, message=why, leads_to=8)
        proof = self.proof() if self.wanted is not None else None
        return judged_end(ran, self.program, proof, must_hold=self.wanted, restarted=restarted)

    def command(self) -> Command:
        """Return what runs: a check of all files, then the command line in their folder."""
        names = run_names(self.manifest, self.program, self.system, self.keep_s, self.reboot)
        if self.system == WINDOWS:
            from itmsctl.packages.service.windows_stock import windows_run_text

            return replace(self._usual(windows_run_text(names)), interpreter="powershell")
        return self._usual(run_text(names, self.cache))

    def _usual(self, script: bytes) -> Command:
        return Command(
            self.marker,
            script,
            environment=run_environment(self.manifest),
            run_as=self.run_as,
            time_limit_s=min(self._left(), self.limit_s or self.program.limit_s),
        )

    def _left(self) -> float:
        return max(1.0, self.until - time.monotonic())


def run_names(
    manifest: PackageManifest, program: PackageProgram, system: str, keep_s: float | None, reboot: str | None
) -> dict[str, str]:
    """Return what the program that runs a package on a computer is told of it."""
    return known_by(manifest) | {
        "command": program.command(system) or "",
        "keep": "-" if keep_s is None else str(round(keep_s / 60)),
        "reboots": " ".join(map(str, reboot_codes(program, reboot))),
    }


def run_text(names: Mapping[str, str], cache: str) -> bytes:
    """Return the program for POSIX sh: a check of all files, then the command line in their folder."""
    told = {**names, "cache": cache, "go": GO}
    assigned = "".join(f"{name}={shell_arg(value)}\n" for name, value in told.items())
    return (assigned + program_text("cache", "run")).encode()


def run_environment(manifest: PackageManifest) -> dict[str, str]:
    """Return the variables that the programs of a package find."""
    return {"ITMS_PACKAGE": manifest.name, "ITMS_VERSION": manifest.version}


def check_system(transport: Transport, system: str) -> None:
    """Raise InputError where what is reached is not the Windows that the CMDB knows: by the local transport."""
    if system == WINDOWS and not transport.endpoint.windows:
        name = shown(transport.endpoint.name)
        raise InputError(
            f"{name} is recorded as a Windows, and what is reached is this machine", hint="--transport ssh, or smb"
        )


def program_of(manifest: PackageManifest, name: str, system: str) -> PackageProgram:
    """Return a program that has a command line for a system. Raises InputError."""
    found = manifest.program(name)
    if found is None:
        known = ", ".join(one.name for one in manifest.programs) or "none"
        raise InputError(f"{manifest.name} has no program `{name}`", hint=f"it has: {known}; or only put it: --stage")
    if found.command(system) is None:
        raise InputError(
            f"the program `{name}` of {manifest.name} has no command line for {system}",
            hint="give it one, or leave such computers out: --where \"os_family = 'linux'\"",
        )
    return found
