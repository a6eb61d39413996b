"""The first line of a script decides who runs it, unless somebody says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from itmsctl.errors import InputError
from itmsctl.tasks.shebang import named_interpreter, options_for
from tests.conftest import Run

Local = Callable[..., None]


@pytest.mark.parametrize(
    ("body", "interpreter", "options"),
    [
        ("echo", None, ()),
        ("", None, ()),
        ("#!\necho", None, ()),
        (" #!/bin/bash", None, ()),
        ("# !/bin/bash", None, ()),
        ("#!/bin/sh", "sh", ()),
        ("#! /bin/sh -e\n", "sh", ("-e",)),
        ("#!/bin/bash -eu -o pipefail\n", "bash", ("-eu", "-o", "pipefail")),
        ("#!/usr/local/bin/bash\r\necho", "bash", ()),
        ("\ufeff#!/bin/bash\necho", "bash", ()),
        ("#!/usr/bin/env bash", "bash", ()),
        ("#!/usr/bin/env -S python3 -u\n", "python", ("-u",)),
        ("#!/usr/bin/python\n", "python", ()),
        ("#!/usr/bin/python3.11\n", "python", ()),
    ],
)
def test_the_line_names_an_interpreter(body: str, interpreter: str | None, options: tuple[str, ...]) -> None:
    assert named_interpreter(body) == interpreter
    assert options_for(body, interpreter or "sh") == options
    assert options_for(body, "another") == ()


@pytest.mark.parametrize(
    "line",
    [
        "#!/usr/bin/perl -w", "#!/usr/bin/env ruby", "#!/usr/bin/awk -f", "#!/usr/bin/python2", "#!/bin/csh",
        "#!/usr/bin/env",        "#!/bin/shx", "#!/usr/bin/env -i sh", "#!/usr/bin/\x1b[2Jperl",
    ],
)  # fmt: skip
def test_any_other_is_refused_by_its_line(line: str) -> None:
    with pytest.raises(InputError) as caught:
        named_interpreter(f"{line}\nexit 4;\n")
    assert line.split("\x1b")[0].strip() in caught.value.message
    assert "\x1b" not in caught.value.message
    assert caught.value.exit_status == 3


def test_scripts_run_by_their_first_line(local: Local, task_run: Run, tmp_path: Path) -> None:
    local("web1")
    script = tmp_path / "s.sh"

    def said(text: str, *more: str) -> str:
        script.write_text(text)
        return str(task_run("--script", str(script), "--all", *more).lines[0]["stdout"])

    assert said('#!/bin/bash\na=(1 2 3); echo "${a[1]}"\n') == "2\n"
    assert said("#!/usr/bin/env python3\nprint(1 + 1)\n") == "2\n"
    assert said("\ufeff#!/bin/sh -e\necho a; false; echo b\n") == "a\n"
    assert said("#!/bin/sh -e\necho a; false; echo b\n", "--param", "x=1") == "a\n"
    assert said("#!/usr/bin/perl -w\necho all the same\n", "--interpreter", "sh") == "all the same\n"
    script.write_text('#!/usr/bin/perl -w\nprint "perl"; exit 4;\n')
    refused = task_run("--script", str(script), "--all")
    assert (refused.code, "#!/usr/bin/perl -w" in refused.err) == (3, True)


def test_stored_texts_go_by_their_first_line_too(run: Run, ok: Run, tmp_path: Path) -> None:
    ok("task", "add", "a", "--command", "#!/bin/bash\necho")
    assert ok("task", "show", "a").json["interpreter"] == "bash"
    script = tmp_path / "s.py"
    script.write_text("#!/bin/sh\necho\n")
    ok("task", "set", "a", "--script", str(script))
    assert ok("task", "show", "a").json["interpreter"] == "sh"
    document = tmp_path / "d.yaml"
    text = "kind: task\nname: b\nspec:\n  type: script\n  body: |\n    #!/usr/bin/{}\n    x\n"
    document.write_text(text.format("env python3"))
    ok("apply", "-f", str(document))
    assert ok("task", "show", "b").json["interpreter"] == "python"
    document.write_text(text.format("perl"))
    refused = run("apply", "-f", str(document))
    assert (refused.code, "#!/usr/bin/perl" in refused.err) == (3, True)


def test_values_of_parameters_arrive_as_they_were_typed(local: Local, task_run: Run, ok: Run) -> None:
    local("web1")
    for value in ("  lead and trail  ", "x\n\n", "\t", "", "a=b = c "):
        result = task_run("--command", 'printf %s "$ITMS_V"', "--all", "--param", f"v={value}")
        assert result.lines[0]["stdout"] == value
    ok("computer", "set", "web1", "--tag", "rack= r1 ")
    assert ok("computer", "show", "web1").json["tags"] == {"rack": "r1"}


def test_a_profile_names_the_folder_of_runs(local: Local, run: Run, ok: Run, task_run: Run, tmp_path: Path) -> None:
    local("web1")
    folder = tmp_path / "its own"
    ok("profile", "add", "p", "--transport", "local", "--run-dir", f"{folder}/")
    assert ok("profile", "show", "p").json["run_dir"] == str(folder)
    result = ok("task", "run", "--command", 'dirname "$(dirname "$0")"', "--all", "--profile", "p")
    assert result.lines[0]["stdout"] == f"{folder}\n"
    assert [path.name.split(".")[-1] for path in folder.iterdir()] == ["1"]
    folder.chmod(0o777)
    refused = run("task", "run", "--command", "true", "--all", "--profile", "p")
    assert (refused.code, refused.lines[0]["reason"]) == (8, "REMOTE-DIR-UNSAFE")
    for wrong in ("runs", "~/runs", "/", "/a\nb"):
        assert run("profile", "set", "p", "--run-dir", wrong).code == 3
    ok("profile", "set", "p", "--unset", "run-dir")
    assert ok("profile", "show", "p").json["run_dir"] is None
