"""The Windows edition here: its core is compiled by Mono, and what PowerShell reads there comes from captures."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

from itmsctl.inventory.gathering.powershell import core_text
from tests.servers import missing

FOLDER = files("itmsctl.inventory.gathering") / "windows"


def text_of_frame(name: str) -> str:
    """Return a file of the edition."""
    return (FOLDER / name).read_text(encoding="ascii")


@cache
def core() -> Path:
    """Return the core as a program of Mono: C# 5 and no more libraries than Windows PowerShell 5.1 gives it."""
    if shutil.which("mcs") is None or shutil.which("mono") is None:
        missing("mono", "Mono (mono-mcs, mono-runtime) is not installed")
    folder = Path(tempfile.mkdtemp(prefix="itms-core-"))
    source = folder / "core.cs"
    source.write_text(core_text(text_of_frame) + (Path(__file__).parent / "windows_core.cs").read_text())
    argv = ["mcs", "-langversion:5", "-warnaserror", "-noconfig", "-r:System.dll", "-out:core.exe", "core.cs"]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "core.exe"


def ran(*words: str) -> bytes:
    """Return what the core prints."""
    done = subprocess.run(["mono", str(core()), *words], capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def file_of(source: str) -> str:
    """Return the name of the file with what a source tells."""
    return re.sub("/", "_", source).replace(" ", "-")


def put_instances(folder: Path, source: str, instances: Iterable[Mapping[str, str]]) -> None:
    """Put what a source tells where the core looks for it."""
    blocks = ["\n".join(f"{name}={value}" for name, value in one.items()) for one in instances]
    (folder / file_of(source)).write_text("\n\n".join(blocks) + "\n", encoding="utf-8")
