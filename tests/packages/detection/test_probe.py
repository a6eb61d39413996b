"""The probe, run for real: by dash and busybox, over the databases of dpkg and rpm; what it prints is hostile data."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itmsctl.errors import InputError
from itmsctl.packages.detection import evaluate, evidence, parse, probe
from itmsctl.packages.detection.answers import MOST_BYTES
from itmsctl.packages.detection.rule import MANAGERS
from itmsctl.values.schemes import SCHEMES

SHELLS = (["sh"], ["busybox", "sh"], ["bash"])
FOUND = (
    ("package dpkg", True),
    ("package dpkg >= 1.18 by dpkg", True),
    ("package dpkg >= 99", False),
    ("package dpkg by pacman", False),
    ("package 'dpk*' and not package 'no-such-*'", True),
    ("package none-such or file /none/such", False),
    ("file /etc/passwd size > 10 modified >= 1990-01-01", True),
    ("file /etc/passwd size > 10GB", False),
    ("file /etc", False),
    ("folder /etc and not folder /etc/passwd", True),
    ("file '/a/b''c $(touch HERE) \"d'", False),
    ("script 'exit 3' exit = 3", True),
    ("script 'echo hello; echo world >&2' prints = hello", True),
    ("script 'echo 1.10' prints >= 1.9", True),
    ("script 'kill $$'", False),
    ("script 'yes | head -c 1000000; exit 4' exit = 4", True),
    ("service none-such", False),
    ("registry HKLM\\SOFTWARE\\X", None),
    ("product {90160000-008C-0000-1000-0000000FF1CE}", None),
    ("inventory true", None),
    ("file /etc/passwd version >= 1", None),
)


def _printed(rules: list[str], shell: list[str], **environment: str) -> bytes:
    script = probe([parse(text) for text in rules], "linux").encode()
    told = subprocess.run(
        [*shell, "-s"], input=script, capture_output=True, check=True, env={**os.environ, **environment}
    )
    assert told.stderr == b""
    return told.stdout


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_a_probe_finds_what_is_there(shell: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    rules = [parse(text) for text, _ in FOUND]
    found = evidence(rules, _printed([text for text, _ in FOUND], shell))
    verdicts = [(text, evaluate(parse(text), found).truth) for text, _ in FOUND]
    assert verdicts == list(FOUND)
    assert list(tmp_path.iterdir()) == []


def test_a_digest_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a file"
    path.write_bytes(b"hello\n")
    digest = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
    for wanted, is_so in ((digest, True), ("0" * 64, False)):
        rule = f"file '{path}' sha256 = {wanted} size = 6"
        assert evaluate(parse(rule), evidence([parse(rule)], _printed([rule], ["sh"]))).truth is is_so


def test_versions_that_dpkg_holds_are_compared_as_dpkg_does() -> None:
    told = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package} ${Version}\n"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    held = dict(line.split()[1:] for line in told if line.startswith("ii "))
    some = dict(sorted(held.items())[:: max(1, len(held) // 12)])
    rules = [f"package '{name}' = '{version}' by dpkg and package '{name}' >= 0" for name, version in some.items()]
    rules += [f"not package '{name}' > '{version}' by dpkg" for name, version in some.items()]
    found = evidence([parse(rule) for rule in rules], _printed(rules, ["sh"]))
    assert {evaluate(parse(rule), found).truth for rule in rules} == {True}


@pytest.fixture(scope="module")
def rpm_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a home whose rpm has a database of its own, in which `hello` 2:1.10-3 is installed."""
    if shutil.which("rpmbuild") is None:
        pytest.skip("rpmbuild is not installed")
    home = tmp_path_factory.mktemp("rpm")
    (home / ".rpmmacros").write_text(f"%_dbpath {home}/db\n%_topdir {home}/build\n")
    (home / "hello.spec").write_text(
        "Name: hello\nEpoch: 2\nVersion: 1.10\nRelease: 3\nSummary: s\nLicense: MIT\nBuildArch: noarch\n"
        "%description\nd\n%files\n"
    )
    environment = {**os.environ, "HOME": str(home)}
    subprocess.run(
        ["rpmbuild", "-bb", "--quiet", str(home / "hello.spec")], env=environment, check=True, capture_output=True
    )
    (package,) = (home / "build").rglob("*.rpm")
    subprocess.run(
        ["rpm", "-i", "--justdb", "--nodeps", str(package)], env=environment, check=True, capture_output=True
    )
    return home


@pytest.mark.parametrize(
    ("rule", "truth"),
    [
        ("package hello by rpm", True),
        ("package hello >= 1.9", True),
        ("package hello = 2:1.10", True),
        ("package hello > 3:1.0", False),
        ("package hello = 1.10-3", True),
        ("package hello < 1.10-4 by rpm", True),
        ("package 'hel*o' by rpm", True),
        ("package hell by rpm", False),
    ],
)
def test_the_database_of_rpm_is_asked(rpm_home: Path, rule: str, truth: bool) -> None:
    found = evidence([parse(rule)], _printed([rule], ["sh"], HOME=str(rpm_home)))
    assert evaluate(parse(rule), found).truth is truth


def test_a_folder_that_may_not_be_looked_into_leaves_it_unknown(tmp_path: Path) -> None:
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("nobody is not to be had")
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        if parent != Path("/tmp"):
            parent.chmod(0o755)
    (tmp_path / "closed").mkdir()
    (tmp_path / "closed" / "file").touch()
    (tmp_path / "closed").chmod(0)
    rule = f"file {tmp_path}/closed/file"
    shell = ["setpriv", "--reuid=65534", "--clear-groups", "sh"] if os.geteuid() == 0 else ["sh"]
    verdict = evaluate(parse(rule), evidence([parse(rule)], _printed([rule], shell)))
    assert (verdict.truth, "no right to look" in verdict.text) == (None, True)


def test_of_an_answer_that_was_cut_only_what_came_whole_counts() -> None:
    rules = [parse("package dpkg"), parse("file /etc/passwd")]
    printed = (
        b"Welcome!\nitmsctl-evidence 1\n0\tleaf\t1\n0\tmanager\tdpkg\n0\tpackage\tdpkg dpkg 1.21\n1\tleaf\t1\n1\tabs"
    )
    found = evidence(rules, printed)
    assert [evaluate(rule, found).truth for rule in rules] == [True, None]
    assert evaluate(rules[0], evidence(rules, b"itmsctl-evidence 1\n0\tmanager\tdpkg\n")).truth is None
    assert evaluate(rules[0], evidence(rules, b"0\tmanager\tdpkg\n1\tdone\t1\n")).truth is None


_LINES = st.lists(
    st.one_of(
        st.binary(max_size=30),
        st.builds(
            "{}\t{}\t{}".format,
            st.integers(0, 9),
            st.sampled_from(("file", "package", "manager", "exit", "output", "mtime", "size", "service", "named")),
            st.text(max_size=12),
        ).map(lambda text: text.encode("utf-8", "replace")),
    ),
    max_size=12,
)


@given(_LINES)
@settings(max_examples=40)
def test_no_answer_breaks_the_reader(lines: list[bytes]) -> None:
    rules = [parse(text) for text, _ in FOUND]
    found = evidence(rules, b"itmsctl-evidence 1\n" + b"\n".join(lines) + b"\n99\tdone\t1\n")
    for rule in rules:
        verdict = evaluate(rule, found)
        assert verdict.truth in {True, False, None}
        assert len(verdict.text) < 20_000


def test_an_answer_is_bounded() -> None:
    rule = parse("script 'x' prints ~ a")
    line = b"0\toutput\t" + b"a" * (MOST_BYTES * 2) + b"\n0\texit\t0\n1\tdone\t1\n"
    assert evaluate(rule, evidence([rule], b"itmsctl-evidence 1\n" + line)).truth is None


def test_every_manager_numbers_in_a_scheme() -> None:
    from itmsctl.values.schemes import scheme_of

    assert {scheme_of(name).name for name in MANAGERS} <= set(SCHEMES)


_WINDOWS = (
    "registry HKLM\\SOFTWARE\\X value Version >= 2 and package '7-Zip *' >= 19 and service Spooler running "
    "and product {90160000-008C-0000-1000-0000000FF1CE} and file 'C:\\a ''b''\\$(x) `c.exe' version >= 1 "
    "and script 'exit 3'"
)


def test_the_probe_for_windows_is_powershell_and_holds_no_text_of_a_rule() -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    import tree_sitter_powershell

    script = probe([parse(_WINDOWS)], "windows")
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    assert not parser.parse(script.encode()).root_node.has_error
    for text in ("$(x)", "Spooler", "7-Zip", "exit 3"):
        assert text not in script
    assert script.isascii()


@pytest.mark.parametrize("system", ["linux", "windows", "macos"])
def test_a_probe_says_how_it_ends(system: str) -> None:
    assert "done" in probe([], system).splitlines()[-1]


def test_nul_is_no_argument() -> None:
    from itmsctl.packages.detection.rule import FileLeaf

    with pytest.raises(InputError):
        probe([FileLeaf("a\0b")], "linux")
