"""People query their CMDB from their own scripts: read-only by the database itself, and audited where they write."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from mypy import api
from sqlmodel import Session, select

from itmsctl import models
from itmsctl.cmdb.store import Store
from itmsctl.errors import DatabaseGoneError, NameTakenError, NotFoundError, StorageError, UsageError
from itmsctl.inventory import catalogue
from itmsctl.models import Changes, Computer, Resource, Site, Subnet, inventory_class, open_cmdb
from itmsctl.values.kind import house
from tests.cli.programs import python
from tests.conftest import START, Run
from tests.house import ROOT
from tests.inventory.telling import tell
from tests.inventory.test_own_classes import TAPES

EXAMPLE = ROOT / "examples/ask_the_cmdb.py"


@pytest.fixture(autouse=True)
def environment_of_this_process(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def filled(ok: Run, db: str) -> str:
    ok("site", "add", "rome", "--region", "Lazio")
    ok("subnet", "add", "10.0.0.0/8", "--site", "rome")
    ok("computer", "add", "pc1", "--address", "10.1.1.1", "--os-family", "linux")
    return db


def test_every_noun_has_its_class() -> None:
    named = {getattr(models, name) for name in models.__all__}
    tables = {getattr(one, "__tablename__", "") for one in named}
    assert {kind.typed or kind.table for kind in house().kinds()} <= tables


def test_what_is_stored_is_read(filled: str) -> None:
    with open_cmdb(filled) as session:
        site = session.exec(select(Site).where(Site.region == "Lazio")).one()
        assert site.name == "rome"
        assert [s.name for s in session.exec(select(Subnet).where(Subnet.site_id == site.id))] == ["10.0.0.0/8"]
        joined = select(Resource, Computer).where(Computer.id == Resource.id)
        assert [(r.name, c.os_family) for r, c in session.exec(joined)] == [("pc1", "linux")]


WRITES: list[Callable[[Session], object]] = [
    lambda session: session.execute(sa.text("DELETE FROM subnet")),
    lambda session: session.execute(sa.update(Site).values(region="x")),
    lambda session: session.execute(sa.text("CREATE TABLE mine (id integer)")),
]


@pytest.mark.parametrize("write", WRITES, ids=["delete", "update", "create"])
def test_the_database_refuses_a_write(filled: str, ok: Run, write: Callable[[Session], object]) -> None:
    with open_cmdb(filled) as session, pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
        write(session)
    assert ok("site", "list", "-o", "json").json[0]["region"] == "Lazio"
    assert len(ok("subnet", "list", "-o", "json").json) == 1


def test_an_object_changed_in_the_session_is_not_stored(filled: str, ok: Run) -> None:
    with open_cmdb(filled) as session:
        session.exec(select(Site)).one().region = "Veneto"
        with pytest.raises(sa.exc.DBAPIError, match=r"read-?only"):
            session.commit()
    assert ok("site", "list", "-o", "json").json[0]["region"] == "Lazio"


def test_what_is_written_is_checked_and_audited(filled: str, ok: Run) -> None:
    with open_cmdb(filled, write=True, reason="new office") as cmdb:
        assert cmdb.add(Site, "porto", region="Norte").action == "created"
        assert cmdb.add(Site, "porto", region="Norte").action == "unchanged"
        with pytest.raises(NameTakenError):
            cmdb.add(Site, "porto", region="Sul")
        with pytest.raises(NotFoundError):
            cmdb.add(Subnet, "10.9.0.0/16", site="nowhere")
        assert cmdb.set(Site, "porto", time_zone="Europe/Lisbon").doc.fields["region"] == "Norte"
        with cmdb.session() as session:
            assert session.exec(select(Site.time_zone).where(Site.name == "porto")).one() == "Europe/Lisbon"
        assert cmdb.set(Computer, "pc1", tags={"env": "prod"}).action == "updated"
        assert cmdb.remove(Site, "porto").action == "removed"
    entries = ok("audit", "list", "-o", "json").json
    assert [entry["reason"] for entry in entries[:4]] == ["new office"] * 4
    assert entries[0]["command"].startswith("python ")
    assert ok("computer", "list", "--where", "tags.env = 'prod'", "-o", "name").out == "pc1\n"
    ok("audit", "verify")


def test_several_changes_are_one_change_set_or_nothing(filled: str, ok: Run) -> None:
    before = len(ok("audit", "list", "-o", "json").json)

    def office(changes: Changes) -> None:
        changes.add(Site, "porto")
        changes.add(Subnet, "10.7.0.0/16", site="porto")

    def broken(changes: Changes) -> None:
        changes.add(Site, "oslo")
        changes.add(Subnet, "10.8.0.0/16", site="nowhere")

    with open_cmdb(filled, write=True) as cmdb:
        cmdb.write(office)
        with pytest.raises(NotFoundError):
            cmdb.write(broken)
    assert len(ok("audit", "list", "-o", "json").json) == before + 1
    assert ok("site", "list", "-o", "name").out == "porto\nrome\n"


def test_a_class_that_is_no_noun_is_refused(filled: str) -> None:
    with open_cmdb(filled, write=True) as cmdb, pytest.raises(UsageError, match="is not a class of a noun"):
        cmdb.add(Resource, "pc2")


@pytest.mark.parametrize("write", [False, True])
def test_none_is_made_where_there_is_none(tmp_path: Path, write: bool) -> None:
    path = tmp_path / "new" / "cmdb.sqlite"
    with pytest.raises(StorageError, match="there is no CMDB"):
        open_cmdb(str(path), write=True).__enter__() if write else open_cmdb(str(path)).__enter__()
    assert not path.parent.exists()
    path = tmp_path / "empty.sqlite"
    path.touch(0o600)
    with pytest.raises(StorageError, match="there is no CMDB"):
        open_cmdb(str(path)).__enter__()
    assert path.stat().st_size == 0


def test_one_that_is_gone_is_said_to_be(bare_run: Run, tmp_path: Path) -> None:
    path = tmp_path / "cmdb.sqlite"
    assert bare_run("--db", str(path), "site", "add", "rome").code == 0
    path.unlink()
    with pytest.raises(DatabaseGoneError):
        open_cmdb(str(path)).__enter__()


def test_the_example_runs(filled: str, tmp_path: Path) -> None:
    code = f"import os, runpy; os.environ['ITMSCTL_DB'] = {filled!r}; runpy.run_path({str(EXAMPLE)!r})"
    done = python(tmp_path, code)
    assert done.stdout == "1 computers run Linux\nrome: 10.0.0.0/8 (no time zone)\n", done.stderr


def test_the_page_names_every_class_and_its_code_is_valid() -> None:
    page = (ROOT / "docs/models.md").read_text(encoding="utf-8")
    assert [name for name in models.__all__ if f"`{name}`" not in page and name != "open_cmdb"] == []
    for block in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        compile(block, "docs/models.md", "exec")


def test_type_checkers_see_the_types(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        EXAMPLE.read_text(encoding="utf-8")
        + "    reveal_type(session)\n    reveal_type(site.region)\n    reveal_type(linux)\n    site.regoin\n"
        + 'with open_cmdb(write=True, reason="x") as cmdb:\n    reveal_type(cmdb.add(Site, "rome").action)\n'
    )
    out, err, _ = api.run(["--strict", "--cache-dir", str(ROOT / ".mypy_cache"), str(script)])
    assert re.findall(r'Revealed type is "([^"]*)"', out) == [
        "sqlmodel.orm.session.Session", "str | None", "int", "str",
    ], out + err  # fmt: skip
    assert re.findall(r"error: (.*)", out) == ['"Site" has no attribute "regoin"; maybe "region"?  [attr-defined]']


def test_rows_of_inventory_are_read_with_their_types(ok: Run, db: str, store: Store) -> None:
    for name in ("pc1", "pc2"):
        ok("computer", "add", name)
    nginx = {"name": "nginx", "version": "1.22", "is_manual": True, "size_bytes": 7}
    told = {"software": [nginx], "dns_settings": [{"servers": ["10.0.0.1"]}]}
    tell(store, START, {"pc1": told, "pc2": {"software": [{"name": "vim"}]}})
    software, dns = inventory_class("software"), inventory_class("dns-settings")
    with open_cmdb(db) as session:
        found = session.exec(select(software).where(software.name == "nginx")).one()
        assert (found.computer, found.version, found.size_bytes, found.is_manual) == ("pc1", "1.22", 7, True)
        assert found.since == START
        joined = select(Resource.name, software.name).join(software, software.computer_id == Resource.id)
        assert sorted(session.exec(joined)) == [("pc1", "nginx"), ("pc2", "vim")]
        assert session.exec(select(dns)).one().servers == ["10.0.0.1"]
    assert inventory_class("software") is software
    with pytest.raises(NotFoundError):
        inventory_class("tape_drives")


def test_every_class_of_inventory_is_a_class_of_rows(ok: Run, db: str) -> None:
    ok("computer", "add", "pc1")
    with open_cmdb(db) as session:
        for name in catalogue.names():
            assert session.exec(select(inventory_class(name))).all() == []


def test_rows_of_a_class_that_was_added_are_read(ok: Run, db: str, store: Store, tmp_path: Path) -> None:
    file = tmp_path / "tapes.yaml"
    file.write_text(TAPES)
    ok("data-class", "add", "-f", str(file))
    ok("computer", "add", "pc1")
    tell(store, START, {"pc1": {"tape_drives": [{"name": "st0", "model": "LTO"}]}})
    with open_cmdb(db) as session:
        tapes = inventory_class("tape_drives", session)
        assert session.exec(select(tapes.name, tapes.model)).all() == [("st0", "LTO")]
