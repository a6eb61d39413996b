"""A Windows computer that is none: a real sshd, whose `powershell.exe` stands in for what PowerShell would do.

The stand-in prints the first words and hands the rest to the real marker in C#, compiled by Mono, which runs scripts of
the shell here. What is left untried by it is listed in docs/windows.md.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from examples.lab.ssh_endpoints import Lab, find_sshd
from tests.servers import missing

_TESTS = Path(__file__).parents[1]
_STAND_IN = """#!{python} -IS
import base64, os, re, sys, tempfile
def kept(data):
    handle, path = tempfile.mkstemp()
    os.write(handle, data.encode())
    os.close(handle)
    return path
def options(text, **more):
    told = dict(re.findall(r"^\\$options\\['(\\w+)'\\] = '(.*)'$", text, re.MULTILINE))
    return kept("".join(name + "=" + value + "\\n" for name, value in (told | more).items()))
def stock(word, text, *data):
    os.execvp("mono", ["mono", "{stock}", word, options(text, base="{runs}/../packages"), *data])
if sys.argv[-2] == "-File":
    stock("run", open(sys.argv[-1]).read())
loader = base64.b64decode(sys.argv[-1]).decode("utf-16-le")
token = re.search("#ITMS ([0-9a-f]+)", loader)[1]
text = sys.stdin.read()
def say(word, detail="-"):
    print("ITMS1", token, word, "0 - -", machine, "- -", detail, flush=True)
machine = open("/etc/machine-id").read().strip()
if not text.rstrip().endswith("#ITMS " + token):
    machine = "-"
    say("TORN", "the program did not arrive whole")
    sys.exit()
pinned = re.search(r"\\$pinned = '(.*?)'", text)[1]
say("READY")
if pinned and pinned != machine:
    say("WRONGHOST")
    sys.exit()
if "ItmsMarker" in text:
    boot = open("/proc/sys/kernel/random/boot_id").read().strip()
    os.execvp("mono", ["mono", "{core}", "call", options(text, boot=boot, id=machine, base="{runs}"), "{core}"])
print("ITMS1", token, file=sys.stderr, flush=True)
say("BEGIN", "powershell")
if "ItmsStock" in text:
    program, mark, data = text.partition("#DATA " + token)
    stock("stock", program, kept(mark + data))
# A probe of rules: files alone.
print(re.search(r'Out.Write\\("(.*)`n"\\)\\n\\$n = 0', text)[1])
for number, coded in re.findall(r"^\\$n = (\\d+); .*\\nLook-File \\(Text '(.*?)'\\)", text, re.MULTILINE):
    there = os.path.exists(base64.b64decode(coded))
    print(number, "leaf", 1, sep="\\t")
    print(number, "file" if there else "absent", 1, sep="\\t")
last = re.findall(r"^\\$n = (\\d+)$", text, re.MULTILINE)[-1]
print(last, re.search(r"Say '(\\w+)' '1'\\s*(?:#|$)", text[text.rindex("$n = " + last):])[1], 1, sep="\\t")
"""
# As the shell of Windows, it knows no `exec`.
_CMD = """#!/bin/sh
case $SSH_ORIGINAL_COMMAND in
exec*) echo "'exec' is not recognized as an internal or external command" >&2; exit 1 ;;
esac
exec $SSH_ORIGINAL_COMMAND
"""


@functools.cache
def marker_core() -> Path:
    """Return the marker as a program of Mono: C# 5 and no more libraries than Windows PowerShell 5.1 gives it."""
    if shutil.which("mcs") is None or shutil.which("mono") is None:
        missing("mono", "Mono (mono-mcs, mono-runtime) is not installed")
    folder = Path(tempfile.mkdtemp(prefix="itms-marker-"))
    text = files("itmsctl.transports").joinpath("marker.cs").read_text(encoding="ascii")
    return _compiled(folder, "marker", text + (_TESTS / "transports" / "windows_marker.cs").read_text())


@functools.cache
def stock_core() -> Path:
    """Return what stocks packages as a program of Mono, in the same way."""
    text = files("itmsctl.packages.endpoint").joinpath("stock.cs").read_text(encoding="ascii")
    harness = (_TESTS / "packages" / "windows_stock.cs").read_text()
    return _compiled(Path(tempfile.mkdtemp(prefix="itms-stock-")), "stock", text + harness)


def _compiled(folder: Path, name: str, text: str) -> Path:
    (folder / f"{name}.cs").write_text(text)
    libraries = ["-noconfig", "-r:System.dll", f"-out:{name}.exe", f"{name}.cs"]
    argv = ["mcs", "-langversion:5", "-warnaserror", *libraries]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / f"{name}.exe"


def write_tools(folder: Path, runs: Path) -> Path:
    """Write the programs that stand in, whose markers are in `runs`, and return their folder."""
    folder.mkdir(parents=True)
    stand_in = _STAND_IN.format(python=sys.executable, runs=runs, core=marker_core(), stock=stock_core())
    for name, text in (("powershell.exe", stand_in), ("cmd", _CMD)):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def windows_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A computer over SSH that has no POSIX shell for us, only `powershell.exe`."""
    if find_sshd() is None:
        missing("ssh", "the OpenSSH server (sshd) is not installed")
    folder = tmp_path_factory.mktemp("windows")
    tools = write_tools(folder / "tools", folder / "runs")
    path = f"{tools}:/usr/local/bin:/usr/bin:/bin"
    options = [f"SetEnv SHLVL=5 PATH={path}", f"ForceCommand {tools}/cmd", "MaxSessions 50", "MaxStartups 100"]
    lab = Lab(1, folder / "lab", engine="openssh", network=57, options=options)
    yield lab
    lab.stop()
