"""A program of a package runs once, from files that were checked a moment before, and detection says what it did."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.errors import InputError
from itmsctl.packages.judging import ProofOfRule, expected, judged_end, reboot_codes
from itmsctl.packages.manifest import PackageManifest, PackageProgram
from itmsctl.packages.service import running
from itmsctl.packages.service.bringing import bring
from itmsctl.packages.service.running import ProgramRun, program_of
from itmsctl.transports.outcome import Captured, CommandOutcome, HostFacts, RemoteState
from tests.packages.made import MadePackage, here

_serial = iter(range(1, 10_000))
CODES = {7: "retry", 8: "reboot", 9: "success"}
YES, NO, UNKNOWN = (ProofOfRule(truth, "why") for truth in (True, False, None))


@pytest.fixture
def package(tmp_path: Path) -> PackageManifest:
    """Return a package whose program says where it runs and leaves a file behind; it is in the cache."""
    made = MadePackage(tmp_path / "objects", detect=f"file {tmp_path}/installed")
    script = made.add("in.sh", b'pwd; echo "$ITMS_PACKAGE $ITMS_VERSION"; true >"$1"; exit "$2"\n', 0o755)
    made.programs = tuple(
        PackageProgram(name, {"any": line}, CODES, reboot="never")
        for name, line in {
            "install": f"sh ./in.sh {tmp_path}/installed ${{CODE:-0}}",
            "uninstall": f"rm -f {tmp_path}/installed",
            "again": f"sh ./in.sh {tmp_path}/again 8",
        }.items()
    )
    package = made.manifest(script)
    bring(here(tmp_path), package, made.source, cache=str(tmp_path / "cache"))
    return package


def run_of(tmp_path: Path, package: PackageManifest, name: str = "install", **options: object) -> ProgramRun:
    marker = f"run{next(_serial)}.{time.monotonic_ns()}.1"
    program = program_of(package, name, "linux")
    given = {"cache": str(tmp_path / "cache"), **options}
    return ProgramRun(here(tmp_path), marker, package, program, "linux", time.monotonic() + 60, **given)  # type: ignore[arg-type]


def test_it_runs_in_its_folder_and_is_proven(tmp_path: Path, package: PackageManifest) -> None:
    run = run_of(tmp_path, package)
    assert run.needless() is None
    ran = run.run()
    done = run.settled(ran)
    assert (done.state, done.exit_status, done.reason) == (RemoteState.SUCCEEDED, 0, "")
    assert done.stdout.joined().decode().split("\n")[:2] == [f"{tmp_path}/cache/{package.digest}", "made 1.0"]
    assert done.message.startswith("proven: ")
    assert run_of(tmp_path, package).needless()
    gone = run_of(tmp_path, package, "uninstall")
    assert gone.settled(gone.run()).state is RemoteState.SUCCEEDED
    assert run_of(tmp_path, package, "uninstall").needless()


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


SWAPS: dict[str, Callable[[Path, Path], object]] = {
    "another file": lambda folder, _: _write(folder / "in.sh", b"true >../evil\n"),
    "one byte": lambda folder, _: _write(folder / "in.sh", (folder / "in.sh").read_bytes()[:-1] + b"X"),
    "a file more": lambda folder, _: _write(folder / "more", b""),
    "a link": lambda folder, _: (folder / "ln").symlink_to("in.sh"),
    "the folder is a link": lambda folder, elsewhere: (folder.rename(elsewhere), folder.symlink_to(elsewhere)),
    "the list too": lambda folder, _: (_write(folder / "in.sh", b"true\n"), _write(folder.with_suffix(".sums"), b"")),
    "it is gone": lambda folder, elsewhere: folder.rename(elsewhere),
    "the cache is open": lambda folder, _: folder.parent.chmod(0o777),
}


@pytest.mark.parametrize("swap", SWAPS)
def test_what_was_swapped_after_the_check_does_not_run(tmp_path: Path, package: PackageManifest, swap: str) -> None:
    """PS9: what runs was checked by the same program a moment before, in a folder that only its user can write."""
    SWAPS[swap](tmp_path / "cache" / package.digest, tmp_path / "elsewhere")
    run = run_of(tmp_path, package)
    done = run.settled(run.run())
    wanted = ("REMOTE-DIR-UNSAFE", 8) if swap == "the cache is open" else ("PKG-HASH-MISMATCH", 14)
    assert (done.state, done.reason, done.leads_to) == (RemoteState.FAILED, *wanted), done
    assert not (tmp_path / "installed").exists()


def test_the_cache_is_cleaned_by_what_is_kept(tmp_path: Path, package: PackageManifest) -> None:
    cache = tmp_path / "cache"
    for name in ("f" * 64, ".part-" + "e" * 64):
        (cache / name).mkdir()
    for end in (".used", ".sums", ".json"):
        (cache / ("f" * 64 + end)).touch()
    kept = run_of(tmp_path, package, keep_s=7200.0)
    kept.settled(kept.run())
    assert (cache / ("f" * 64)).exists(), "it was used a moment ago"
    import os

    for path in (cache / ("f" * 64 + ".used"), cache / (".part-" + "e" * 64)):
        os.utime(path, (1, 1))
    kept = run_of(tmp_path, package, keep_s=7200.0)
    kept.settled(kept.run())
    assert {path.name[:70] for path in cache.iterdir()} == {
        package.digest + end for end in ("", ".sums", ".json", ".used")
    }
    gone = run_of(tmp_path, package, keep_s=0.0)
    assert gone.settled(gone.run()).state is RemoteState.SUCCEEDED
    assert list(cache.iterdir()) == []


def test_a_reboot_follows_the_codes_that_ask_for_it(
    tmp_path: Path, package: PackageManifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "GO", f"echo $ITMS_ARG_ACTION >>{tmp_path}/power")
    waited: list[HostFacts] = []

    def wait(host: HostFacts) -> str:
        waited.append(host)
        return ""

    for how, names, goes in (
        ("never", ("again",), 0),
        ("if-asked", ("install",), 0),
        ("if-asked", ("again",), 1),
        ("always", ("install", "again"), 2),
    ):
        (tmp_path / "power").unlink(missing_ok=True)
        waited.clear()
        for name in names:
            run = run_of(tmp_path, package, name, reboot=how, await_return=wait)
            done = run.settled(run.run())
            assert (done.state, done.reason == "REBOOT-NEEDED") == (RemoteState.SUCCEEDED, how == "never"), (how, name)
        lines = (tmp_path / "power").read_text().split() if (tmp_path / "power").exists() else []
        assert (lines, len(waited)) == (["reboot"] * goes, goes), how
    run = run_of(tmp_path, package, "again", reboot="if-asked", await_return=lambda _: "it did not come back")
    done = run.settled(run.run())
    assert (done.state, done.reason, done.message) == (RemoteState.FAILED, "NOT-BACK", "it did not come back")


@pytest.mark.parametrize(
    ("name", "code", "proof", "state", "reason"),
    [
        ("install", 0, None, "succeeded", ""),
        ("install", 9, None, "succeeded", ""),
        ("install", 1, None, "failed", ""),
        ("install", 7, None, "failed", "RETRY-CODE"),
        ("install", 8, None, "succeeded", "REBOOT-NEEDED"),
        ("install", 0, YES, "succeeded", ""),
        ("install", 1, YES, "succeeded", ""),
        ("install", 0, NO, "failed", "NOT-DETECTED"),
        ("install", 1, NO, "failed", ""),
        ("install", 7, NO, "failed", "RETRY-CODE"),
        ("install", 8, NO, "succeeded", "REBOOT-NEEDED"),
        ("install", 8, YES, "succeeded", "REBOOT-NEEDED"),
        ("install", 0, UNKNOWN, "succeeded", "UNPROVEN"),
        ("install", 1, UNKNOWN, "failed", "UNPROVEN"),
        ("upgrade", 0, NO, "failed", "NOT-DETECTED"),
        ("repair", 0, YES, "succeeded", ""),
        ("uninstall", 0, NO, "succeeded", ""),
        ("uninstall", 1, NO, "succeeded", ""),
        ("uninstall", 0, YES, "failed", "NOT-DETECTED"),
        ("configure", 0, NO, "succeeded", ""),
        ("configure", 1, YES, "failed", ""),
    ],
)
def test_detection_decides_where_there_is_a_rule(
    name: str, code: int, proof: ProofOfRule | None, state: str, reason: str
) -> None:
    ran = CommandOutcome(RemoteState.FAILED if code else RemoteState.SUCCEEDED, "m", code, Captured(b"out", total=3))
    done = judged_end(ran, PackageProgram(name, codes=CODES), proof, must_hold=expected(name), restarted=False)
    assert (str(done.state), done.reason, done.exit_status, done.leads_to) == (
        state,
        reason,
        code,
        8 * (state == "failed"),
    )
    assert done.stdout.head == b"out"


def test_a_restarted_computer_is_judged_by_what_is_found_then() -> None:
    ran = CommandOutcome(RemoteState.FAILED, "m", 8)
    program = PackageProgram("install", codes=CODES)
    assert judged_end(ran, program, YES, must_hold=True, restarted=True).reason == ""
    assert judged_end(ran, program, NO, must_hold=True, restarted=True).reason == "NOT-DETECTED"


@pytest.mark.parametrize(
    ("how", "choice", "codes"),
    [
        ("never", None, ()),
        ("if-asked", None, (8,)),
        ("always", None, (0, 8, 9)),
        ("never", "always", (0, 8, 9)),
        ("always", "never", ()),
    ],
)
def test_codes_of_a_reboot(how: str, choice: str | None, codes: tuple[int, ...]) -> None:
    assert reboot_codes(PackageProgram("install", codes=CODES, reboot=how), choice) == codes


def test_a_program_that_is_not_there_is_said(package: PackageManifest) -> None:
    with pytest.raises(InputError, match="no program `instal`"):
        program_of(package, "instal", "linux")
    only = MadePackage(Path("/nowhere"), programs=(PackageProgram("install", {"windows": "x"}),)).manifest()
    with pytest.raises(InputError, match="no command line for linux"):
        program_of(only, "install", "linux")
