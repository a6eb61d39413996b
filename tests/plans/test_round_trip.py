"""Property: the export of any estate, applied to an empty CMDB, exports the same bytes; planning is then empty."""

from __future__ import annotations

import io
import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.plans.service import exporting, planning
from itmsctl.plans.service.opened import OpenedBatch
from itmsctl.plans.service.reading import read_batch
from itmsctl.sites.kinds import SITE_STATUSES
from itmsctl.values.kind_order import kinds_in_order
from tests.conftest import START, FrozenClock
from tests.servers.postgres import PostgresServer

ODD = ["no", "0777", "1e3", "são paulo", "12:30:00", "true", "null", "~", "a: b", "x #y", "'q'", '"d"', "{a}", "[b]",
       "🦀 x", "\\n",
       "!tag", "&a", "*a", "a,b", "=1+1", "%x", "`t`", "1.10", "é", "?", "|", ">", "e\u0301"]  # fmt: skip
names = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(categories=["L", "N"], max_codepoint=0x2FF), min_size=1, max_size=12),
).filter(lambda text: text == text.strip() and not text.startswith(("-", "@", "{")) and text.casefold() != "all")
texts = st.one_of(
    st.sampled_from(
        [*ODD, "line\nline\n", "a\n\n b \n", "ends with space ", " begins", "tab\there", "cr\rlf\r\n", "\n", "a\n\n\n"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30),
)
plain = st.text("abcdefgh-", min_size=1, max_size=8).filter(lambda t: t[0] != "-" and t[-1] != "-")
booleans, maybe = st.booleans(), st.none()


def fields(**given_fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=given_fields)


def some(of: list[str], least: int = 0) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), min_size=least, max_size=3, unique=True) if of else st.just([])


@st.composite
def estates(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Documents of every kind, in any order."""
    made: list[dict[str, Any]] = []

    def add(kind: str, count: int, spec: Callable[[], st.SearchStrategy[dict[str, Any]]], of: Any = names) -> list[str]:
        found = draw(st.lists(of, max_size=count, unique_by=_alike))
        made.extend({"kind": kind, "name": name, "spec": draw(spec())} for name in found)
        return found

    computers = add(
        "computer", 4,
        lambda: fields(
            address=st.lists(st.ip_addresses(network="10.0.0.0/8").map(str), max_size=2, unique=True),
            port=st.integers(1, 65535), os_family=st.sampled_from(["linux", "windows"]), description=texts,
            tags=st.dictionaries(plain, st.sampled_from(["", "no", "0777", "x y"]), max_size=2), user=plain,
        ),
        of=plain,
    )  # fmt: skip
    statuses = st.sampled_from(SITE_STATUSES)
    sites = add("site", 4, lambda: fields(description=texts, region=texts, status=statuses, management_server=booleans))
    add(
        "subnet", 3,
        lambda: fields(description=texts, **({"site": st.sampled_from(sites)} if sites else {})),
        of=st.sampled_from(["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/48", "0.0.0.0/0"]),
    )  # fmt: skip
    for name in draw(some(computers)):
        spec = {"services": draw(some(["task", "package"], 1)), "sites": draw(some(sites))}
        made.append({"kind": "server", "name": name, "spec": spec})
    filters = add("filter", 3, lambda: st.one_of(
        st.fixed_dictionaries({"where": st.sampled_from(["os_family = 'linux'", "tags.a = '0777' or port > 22"])}),
        st.fixed_dictionaries({"members": some(computers)}),
    ))  # fmt: skip
    views = add("view", 2, lambda: fields(description=texts), of=plain)
    groups: list[str] = []
    for name in draw(st.lists(plain, max_size=3, unique=True)) if views else []:
        home = {"parent": draw(st.sampled_from(groups))} if groups and draw(booleans) else {"view": views[0]}
        made.append({"kind": "group", "name": name, "spec": home | {"members": draw(some(computers))}})
        groups.append(name)
    add("target", 2, lambda: st.fixed_dictionaries(
        {"views": st.just(["all"])}, optional={"filters": some(filters), "groups": some(groups), "description": texts}
    ), of=plain)  # fmt: skip
    add("profile", 2, lambda: fields(transport=st.sampled_from(["ssh", "openssh"]), user=plain, use_agent=booleans,
                                     connect_timeout_s=st.sampled_from([1.5, 30.0])))  # fmt: skip
    schedules = add("schedule", 2, lambda: st.one_of(
        st.fixed_dictionaries({"daily": st.sampled_from(["02:00", "18:30"])}),
        st.fixed_dictionaries({"every_s": st.sampled_from(["1h", "90s"])}),
    ))  # fmt: skip
    add("window", 2, lambda: st.fixed_dictionaries(
        {"type": st.sampled_from(["maintenance", "blockout"]), "daily": st.just("12:00"), "duration_s": st.just("2h"),
         "targets": st.just(["all"])}, optional={"enabled": booleans, "description": texts},
    ))  # fmt: skip
    tasks = add("task", 3, lambda: st.fixed_dictionaries(
        {"type": st.just("command"), "body": texts.filter(str.strip)},
        optional={"idempotent": booleans, "destructive": booleans, "time_limit_s": st.sampled_from([1.5, 60.0]),
                  "parameters": st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["no", "x"]), max_size=2)},
    ))  # fmt: skip
    jobs: list[str] = []
    if tasks:
        step = st.sampled_from(tasks) | st.builds(
            lambda task, more: {"task": task, **more}, st.sampled_from(tasks),
            fields(on_error=st.just("continue"), retries=st.integers(0, 3), backoff=st.just("30s")),
        )  # fmt: skip
        jobs = add("job", 2, lambda: st.fixed_dictionaries(
            {"steps": st.lists(step, min_size=1, max_size=3).map(_named)}))  # fmt: skip
    if jobs:
        add("policy", 2, lambda: st.fixed_dictionaries(
            {"job": st.sampled_from(jobs), "target": st.just("all"), "transport": st.just("openssh")},
            optional={"enabled": booleans, "description": texts, "batch": st.just("1,50%"),
                      **({"schedule": st.sampled_from(schedules)} if schedules else {})},
        ))  # fmt: skip
    servers = add("management-server", 2, lambda: fields(
        sites=some(sites), ram_gb=st.sampled_from([1.5, 64.0]), report_autorun=booleans, cores=st.integers(1, 64),
    ))  # fmt: skip
    add("gateway", 1, lambda: fields(servers=some(servers), zone=texts))
    add(
        "report",
        1,
        lambda: st.fixed_dictionaries({"sql": st.just("SELECT name FROM v_computer")}, optional={"description": texts}),
    )
    return list(draw(st.permutations(made)))


def _alike(name: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _named(steps: list[Any]) -> list[Any]:
    return [{**({"task": s} if isinstance(s, str) else s), "name": f"s{n}"} for n, s in enumerate(steps)]


def apply(store: Store, text: str, folder: Path, name: str = "e.yaml") -> Any:
    (folder / name).write_text(text)
    with OpenedBatch(read_batch([str(folder / name)], io.BytesIO())) as opened:
        return store.write(lambda unit: planning.carry_out(unit, opened, planning.Order("me")))


def export(store: Store, form: str = "yaml") -> str:
    sink = io.StringIO()
    with store.read() as reader:
        exporting.write(reader, kinds_in_order(), sink, form)
    return sink.getvalue()


def empty(store: Store, text: str, folder: Path) -> bool:
    (folder / "again.yaml").write_text(text)
    with OpenedBatch(read_batch([str(folder / "again.yaml")], io.BytesIO())) as opened:
        return not planning.compare(store, opened, planning.Order("me")).differs


Make = Callable[[], Store]


@pytest.fixture
def make(sqlite_template: Path, tmp_path: Path) -> Iterator[Make]:
    stores: list[Store] = []

    def one() -> Store:
        path = tmp_path / f"{len(stores)}.sqlite"
        shutil.copyfile(sqlite_template, path)
        path.chmod(0o600)
        state = tmp_path / f"state{len(stores)}"
        stores.append(open_store(place_of(str(path)), clock=FrozenClock(START), actor=Actor("t"), state_folder=state))
        return stores[-1]

    yield one
    for store in stores:
        store.close()


# An estate takes a second or two, twice: what fails is shown as it is, not made small over many minutes.
SETTINGS = {
    "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
    "phases": [Phase.explicit, Phase.generate],
}


def check(make: Make, documents: list[dict[str, Any]], tmp_path: Path) -> None:
    one, other = make(), make()
    apply(one, json.dumps(documents), tmp_path, "e.json")
    exported = export(one)
    done = apply(other, exported, tmp_path)
    assert done.count("created") == len(documents)
    assert export(other) == exported
    assert empty(other, exported, tmp_path)
    assert not apply(other, exported, tmp_path).differs
    assert apply(other, export(one, "ndjson"), tmp_path, "e.ndjson").count("unchanged") == len(documents)


@settings(max_examples=12, **SETTINGS)  # type: ignore[arg-type]
@given(estates())
def test_an_export_applied_exports_the_same(make: Make, tmp_path: Path, documents: list[dict[str, Any]]) -> None:
    check(make, documents, tmp_path)


@settings(max_examples=2, **SETTINGS)  # type: ignore[arg-type]
@given(estates())
def test_an_export_of_sqlite_is_that_of_postgresql(
    make: Make, postgres_server: PostgresServer, postgres_template: str, tmp_path: Path, documents: list[dict[str, Any]]
) -> None:
    one = make()
    apply(one, json.dumps(documents), tmp_path, "e.json")
    name = f"itms_plans_{os.getpid()}_{id(one)}"
    postgres_server.create_database(name, template=postgres_template)
    place = place_of(postgres_server.url(name))
    store = open_store(place, clock=FrozenClock(START), actor=Actor("t"), state_folder=tmp_path / name)
    try:
        apply(store, export(one), tmp_path)
        assert export(store) == export(one)
    finally:
        store.close()
        postgres_server.drop_database(name)
