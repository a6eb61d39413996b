"""Tasks of every kind as a user meets them, on both databases, and steps on real sshd with what the CMDB knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

import pytest
import sqlalchemy as sa

from examples.lab.ssh_endpoints import Lab
from itmsctl.cmdb.store import Store
from itmsctl.security.service.endpoints import Endpoints
from itmsctl.security.via import Via
from itmsctl.tasks.assignment import Assignment, Ending
from itmsctl.tasks.catalogue import names
from itmsctl.tasks.engine import Stop
from itmsctl.tasks.program import Program
from itmsctl.tasks.service import Typed, session
from itmsctl.tasks.service import step as step_typed
from itmsctl.tasks.service.driving import Drive, way_of
from itmsctl.tasks.service.surroundings import surroundings
from itmsctl.tasks.states import State
from itmsctl.transports.endpoint import Credentials
from itmsctl.values.names import new_guid
from tests.conftest import FrozenClock, Result, Run


def test_kinds_are_listed_with_their_arguments(ok: Run) -> None:
    found = {kind["name"]: kind for kind in ok("task", "kinds", "-o", "json").json}
    assert set(found) == set(names())
    assert found["copy"]["arguments"] == ["source=local", "path=path", "[mode=mode]"]
    assert (found["purge"]["side"], found["power"]["destructive"]) == ("server", True)
    table = ok("task", "kinds", "-o", "table").out
    assert "wait-for" in table
    assert "ARGUMENTS" in table


def test_add_set_clone_show_of_a_kind(run: Run, ok: Run, tmp_path: Path) -> None:
    argv = ("--kind", "copy", "--arg", "source=motd", "--arg", "path=/etc/motd")
    assert ok("task", "add", "motd", *argv).err == "motd: created\n"
    assert ok("task", "add", "motd", *argv).err == "motd: unchanged\n"
    assert run("task", "add", "motd", "--kind", "fetch", "--arg", "path=/a", "--arg", "into=b").code == 6
    one = ok("task", "show", "motd").json
    assert one["arguments"] == {"source": str(Path("motd").absolute()), "path": "/etc/motd"}
    assert (one["type"], one["idempotent"], one["destructive"], one["body"]) == ("copy", True, False, None)
    ok("task", "set", "motd", "--arg", "mode=644", "--arg", "source=~/motd")
    ok("task", "clone", "motd", "motd2")
    ok("task", "set", "motd", "--arg", "mode=", "--no-idempotent")
    assert ok("task", "show", "motd").json["arguments"].keys() == {"source", "path"}
    kept = ok("task", "show", "motd2").json
    assert (kept["arguments"]["mode"], kept["arguments"]["source"]) == ("0644", str(Path("~/motd").expanduser()))
    assert ok("task", "list", "-o", "name").out == "motd\nmotd2\n"
    ok("task", "set", "motd", "--command", "true")
    assert ok("task", "show", "motd").json["arguments"] == {}
    ok("task", "set", "motd", "--kind", "service", "--arg", "name=cron", "--arg", "action=start")
    assert ok("task", "show", "motd").json["body"] is None


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["--kind", "copie", "--arg", "a=b"], 3, "did you mean `copy`?"),
        (["--kind", "copy", "--arg", "sauce=b"], 3, "did you mean `source`?"),
        (["--kind", "copy", "--arg", "source=b"], 3, "needs `path`"),
        (["--kind", "copy", "--command", "x"], 2, "--command and a kind"),
        (["--kind", "command"], 2, "--command instead"),
        (["--kind", "service", "--arg", "name=x", "--arg", "action=begin"], 3, "none of its choices"),
        (["--kind", "copy", "--arg", "source=b", "--arg", "path=/c", "--run-as", "root"], 3, "login user"),
        (["--arg", "source=b"], 2, "what does the task do"),
        (["--command", "a", "--success-codes", "x"], 3, "no exit code"),
        (["--command", "a", "--retry-codes", "0"], 3, "both a success code"),
        (["--command", "a", "--parameter", "n:int=x"], 3, "not a valid whole number"),
        (["--command", "a", "--parameter", "n:itn"], 3, "did you mean `int`?"),
        (["--command", "a", "--parameter", "n", "--parameter", "n=1"], 3, "declared twice"),
    ],
)
def test_what_is_refused_says_what_to_type(run: Run, argv: list[str], code: int, said: str) -> None:
    result = run("task", "add", "t", *argv)
    assert (result.code, said in result.err) == (code, True), result.err
    assert run("task", "list", "-o", "name").out == ""


def test_exit_codes_of_a_task(ok: Run, task_run: Run, local: Callable[..., None]) -> None:
    local("web1")
    ok("task", "add", "patch", "--command", "exit $ITMS_CODE", "--parameter", "code:int",
       "--success-codes", "1, 0,3-4", "--reboot-codes", "30", "--retry-codes", "75")  # fmt: skip
    assert ok("task", "show", "patch").json["success_codes"] == "0-1,3-4"
    found = {code: task_run("patch", "--all", "--param", f"code={code}") for code in ("4", "30", "75", "9")}
    assert {c: (r.code, r.lines[0]["state"], r.lines[0]["reason"]) for c, r in found.items()} == {
        "4": (0, "succeeded", ""),
        "30": (0, "succeeded", "REBOOT-NEEDED"),
        "75": (8, "failed", "RETRY-CODE"),
        "9": (8, "failed", ""),
    }


def test_parameters_from_flags_files_and_defaults(
    ok: Run, task_run: Run, local: Callable[..., None], tmp_path: Path
) -> None:
    local("web1")
    file = tmp_path / "values.yaml"
    file.write_text("who: from file\nmany:\n  - a,b\n  - c\n")
    ok("task", "add", "say", "--command", 'printf "%s|" "$ITMS_WHO" "$ITMS_N" "$ITMS_MANY" "$ITMS_ON"',
       "--parameter", "who=default", "--parameter", "n:int=1", "--parameter", "many:list=x",
       "--parameter", "on:bool=no")  # fmt: skip
    assert task_run("say", "--all").lines[0]["stdout"] == "default|1|x\n|false|"
    given = task_run("say", "--all", "--param-file", str(file), "--param", "n=007", "--param", "on=yes")
    assert given.lines[0]["stdout"] == "from file|7|a,b\nc\n|true|"
    flag = task_run("say", "--all", "--param-file", str(file), "--param", "who=flag")
    assert flag.lines[0]["stdout"].startswith("flag|")
    assert task_run("say", "--all", "--param", "n=x").code == 3
    assert task_run("say", "--all", "--param-file", str(tmp_path / "none")).code == 5
    file.write_text("- a\n")
    assert task_run("say", "--all", "--param-file", str(file)).code == 3
    ok("task", "set", "say", "--parameter", "who", "--parameter", "n=1", "--parameter", "many=", "--parameter", "on=")
    needed = task_run("say", "--all")
    assert (needed.code, "`who` has no value" in needed.err) == (3, True)


# --- steps on computers of the CMDB -----------------------------------------------------------------------------------

Go = Callable[..., Ending]


class Nobody:
    """Looks on, and says nothing."""

    def begins(self, run: object, computers: int) -> None:
        return

    def ended(self, ending: Ending) -> None:
        return

    def tick(self, running: int) -> None:
        return


@pytest.fixture
def go(lab: Lab, store: Store, clock: FrozenClock) -> Go:
    """Run a typed task on one computer of the lab, as a worker does: with what was read of it beforehand."""

    def act(typed: Typed, computer: str = "lab-001") -> Ending:
        via = Via(user=lab.user, accept_new=True)
        endpoints = Endpoints(via)
        with store.read() as reader:
            found = sa.select(sa.column("id")).select_from(sa.table("resource")).where(sa.column("name") == computer)
            number = reader.connection.execute(found).scalar_one()
            one, _ = step_typed(reader, typed)
            around = surroundings(reader, one, [number], endpoints)
            endpoint = endpoints.load(reader, [number])[number]
        drive = Drive(
            store, via, via, Via(), Credentials(key_files=(lab.key_file,)), 1, Stop(lambda: 0, lambda: False), Nobody()
        )
        way = way_of(drive, Program.of(one), SimpleQueue())
        known = {0: around[number]} if number in around else {}
        mine = Assignment(number, 1, 1, new_guid(), endpoint, clock(), around=known)
        ending, asked = session.runner(way)(mine), session.asker(way)(mine)
        if ending.state in {State.SUCCEEDED, State.FAILED} and one.type == "command":
            assert asked.state == (State.QUEUED if ending.outcome.reason == "TEMPLATE" else ending.state)
        return ending

    return act


def test_fields_of_the_computer_reach_a_script(ok: Run, go: Go, lab: Lab, tmp_path: Path) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", f"{lab.hosts[0]}/32", "--site", "rome")
    ok("computer", "set", "lab-001", "--tag", "env=prod", "--fqdn", "lab-001.example.org")
    ok("task", "add", "say", "--command", 'printf "%s" "$ITMS_WHERE"; echo "{{ computer.site }}"',
       "--parameter", "where={{ computer.name }} {{ computer.site }} {{ computer.tags.env }} {{ computer.address }} "
       "{{ computer.fqdn }} {{ computer.port }} {{ computer.user }}")  # fmt: skip
    wanted = f"lab-001 rome prod {lab.hosts[0]} lab-001.example.org {lab.port} {lab.user}"
    ending = go(Typed("say"))
    assert ending.outcome.stdout.joined().decode() == wanted + "{{ computer.site }}\n"
    nowhere = go(Typed("say"), "lab-002")
    assert (nowhere.state, nowhere.outcome.reason) == (State.FAILED, "TEMPLATE")
    assert "`computer.site` has no value" in nowhere.outcome.message


@pytest.mark.parametrize(
    "hostile",
    [
        "{{ 7*7 }}",
        "{{ cycler.__init__.__globals__.os.popen('touch CANARY').read() }}",
        "${IFS}$(touch CANARY)",
        "{0.__class__}%n",
    ],
)
def test_what_a_computer_says_of_itself_arrives_literally(ok: Run, go: Go, tmp_path: Path, hostile: str) -> None:
    """HE3, by an environment variable of a script and by an argument that becomes the content's place."""
    canary = tmp_path / "canary"
    value = hostile.replace("CANARY", str(canary))
    ok("computer", "set", "lab-001", "--tag", f"owner={value}")
    command = Typed(command='printf "%s" "$ITMS_HOST"', parameters={"host": "{{ computer.tags.owner }}"})
    assert go(command).outcome.stdout.joined().decode() == value
    ok("task", "add", "tell", "--kind", "wait-for", "--arg", "event=file",
       "--arg", f"path={tmp_path}/{{{{ computer.tags.owner|replace('/', '_') }}}}", "--time-limit", "10s")  # fmt: skip
    (tmp_path / value.replace("/", "_")).touch()
    assert go(Typed("tell")).state is State.SUCCEEDED
    assert not canary.exists()


def test_files_come_and_go_by_templates(ok: Run, go: Go, tmp_path: Path) -> None:
    source = tmp_path / "lab-001.conf"
    source.write_text("for one")
    ok("task", "add", "conf", "--kind", "copy", "--arg", f"source={tmp_path}/{{{{ computer.name }}}}.conf",
       "--arg", f"path={tmp_path}/{{{{ param.name }}}}", "--parameter", "name=placed")  # fmt: skip
    assert go(Typed("conf", parameters={"name": "here"})).state is State.SUCCEEDED
    assert (tmp_path / "here").read_text() == "for one"
    assert go(Typed("conf", parameters={"name": "here"})).outcome.reason == "UNCHANGED"
    other = go(Typed("conf"), "lab-002")
    assert (other.state, "lab-002.conf cannot be read" in other.outcome.message) == (State.FAILED, True)


def test_a_template_that_is_none_is_refused_before_anything_begins(ok: Run, go: Go) -> None:
    from itmsctl.errors import TemplateError

    with pytest.raises(TemplateError):
        go(Typed(command="true", parameters={"x": "{{ computer.name"}))
    typed = go(Typed(command="true", parameters={"x": "{{ computer.nam }}"}))
    assert "did you mean `name`?" in typed.outcome.hint


def test_a_copy_by_the_command_line_over_ssh(ok: Run, run: Run, lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "motd").write_text("hello")
    ok("task", "add", "motd", "--kind", "copy", "--arg", f"source={tmp_path}/motd", "--arg", f"path={tmp_path}/there")

    def go() -> Result:
        return run("task", "run", "motd", "--where", "name = 'lab-001'", "--key", str(lab.key_file), "--accept-new")

    first, second = go(), go()
    assert (first.code, first.lines[0]["reason"], first.lines[0]["exit_status"]) == (0, "", None)
    assert (second.code, second.lines[0]["reason"]) == (0, "UNCHANGED")
    assert (tmp_path / "there").read_text() == "hello"
    assert ok("computer", "show", "lab-001").json["last_seen"] is not None
