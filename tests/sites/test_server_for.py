"""`server for` through the command line: every case of the table (Must show 3), and what changes the next answer."""

from __future__ import annotations

import pytest

from itmsctl.values.addresses import address_text
from tests.conftest import Run
from tests.sites.cases import CASES, Case

ASKING = "requester"


def build(ok: Run, case: Case) -> None:
    """Record a case's estate, and its requester as a computer, as a user would type it."""
    for site in case.sites.split():
        ok("site", "add", site)
    for text in case.subnets:
        cidr, _, site = text.partition(" ")
        ok("subnet", "add", cidr, *(("--site", site) if site else ()))
    rows = ["name,address"]
    rows += [f"{one.name},{';'.join(map(address_text, one.addresses))}" for one in case.servers]
    rows.append(f"{ASKING},{';'.join(case.requester.split())}")
    ok("computer", "import", "-", stdin="\n".join(rows) + "\n")
    for one in case.servers:
        words = [f"--service={service}" for service in sorted(one.services)] + [
            f"--site={s}" for s in sorted(one.sites)
        ]
        ok("server", "add", one.name, *words, *(("--constrained",) if one.constrained else ()))
    if case.by_hand:  # only a site server can be assigned by hand
        ok("server", "add", ASKING, "--service=monitor", *(f"--site={site}" for site in case.by_hand.split()))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(ok: Run, case: Case) -> None:
    build(ok, case)
    answer = ok("server", "for", ASKING, "--service", case.service, "-o", "json")
    assert tuple(f"{row['name']} {row['rule']}" for row in answer.json) == case.expected
    assert all(row["why"] and row["id"] for row in answer.json)
    for name, rules in case.also.items():
        assert tuple(next(row["also"] for row in answer.json if row["name"] == name)) == rules
    for text in case.excluded:
        name, rule = text.split()
        said = next(line for line in answer.err.splitlines() if line.startswith(f"left out: `{name}`: "))
        assert said.endswith(f" ({rule})"), "the rule in words first, then its id"
    assert case.warning in answer.err
    assert ("use the management server" in answer.err) == (not case.expected)
    if len(case.requester.split()) == 1 and not case.by_hand:
        by_address = ok("server", "for", case.requester, "--service", case.service, "-o", "json")
        assert by_address.json == answer.json


def test_an_answer_as_it_is_read(ok: Run) -> None:
    ok("site", "add", "rome")
    ok("subnet", "add", "2001:db8:1::/48", "--site", "rome")
    ok("computer", "add", "s1", "--address", "2001:db8:1::1")
    guid = ok("server", "add", "s1", "--service", "package", "-o", "json").json["id"]
    answer = ok("server", "for", "2001:DB8:1:0::9", "--service", "package", "-o", "json")
    assert answer.json == [
        {
            "id": guid,
            "name": "s1",
            "rule": "SITE-6",
            "why": "requester is in `2001:db8:1::/48` of site `rome`; server is in `2001:db8:1::/48` of site `rome`; "
            "same subnet `2001:db8:1::/48`",
            "also": ["PKG-8"],
            "near": "subnet",
        }
    ]
    assert answer.err == "`2001:db8:1::9` is in `rome`; subnets: 2001:db8:1::/48\n"
    assert ok("server", "for", "2001:db8:1::9", "--service", "package", "-o", "name").out == "s1\n"


def test_an_empty_answer_means_the_management_server(ok: Run) -> None:
    answer = ok("server", "for", "10.1.2.3", "--service", "task", "-o", "json")
    assert answer.json == []
    assert "no site server hosts the task service: use the management server" in answer.err
    assert "(SITE-7)" in answer.err


def test_what_is_asked_wrongly(run: Run) -> None:
    assert run("server", "for", "pc1", "--service", "package").code == 5
    wrong = run("server", "for", "10.1.2.3", "--service", "pakage")
    assert (wrong.code, "did you mean `package`?" in wrong.err) == (3, True)
    assert run("server", "for", "10.1.2.3").code == 2


def names(ok: Run, asked: str) -> list[str]:
    rows = ok("server", "for", asked, "--service", "package", "-o", "json").json
    return [f"{row['name']} {row['rule']}" for row in rows]


def test_the_very_next_request_sees_a_change(ok: Run) -> None:
    """SITE-28."""
    for site in ("a", "b"):
        ok("site", "add", site)
    ok("subnet", "add", "10.1.0.0/16", "--site", "a")
    ok("subnet", "add", "10.2.0.0/16", "--site", "b")
    ok("computer", "add", "pa", "--address", "10.1.0.1")
    ok("computer", "add", "pb", "--address", "10.2.0.1")
    ok("computer", "add", "pc", "--address", "10.1.9.9")
    for server in ("pa", "pb"):
        ok("server", "add", server, "--service", "package")
    assert names(ok, "pc") == ["pa SITE-6"]
    ok("subnet", "set", "10.1.0.0/16", "--site", "b")
    assert names(ok, "pc") == ["pa SITE-6", "pb SITE-6"]
    ok("subnet", "set", "10.1.0.0/16", "--unset", "site")
    assert names(ok, "pc") == ["pa SITE-8"]
    ok("subnet", "add", "10.1.9.0/24", "--site", "b")
    assert names(ok, "pc") == ["pb SITE-6"]
    ok("server", "set", "pb", "--constrained")
    assert names(ok, "pc") == []
    ok("server", "set", "pa", "--site", "b")
    assert names(ok, "pc") == ["pa SITE-6", "pb SITE-6"]
    ok("computer", "set", "pc", "--address", "192.0.2.1")
    assert names(ok, "pc") == []
    ok("server", "remove", "pb", "--confirm", "pb")
    ok("server", "set", "pa", "--unset", "sites")
    assert names(ok, "pc") == ["pa SITE-9"]
