"""The groups `management-server` and `gateway` as a user meets them, on both databases."""

from __future__ import annotations

import pytest

from tests.conftest import Run


@pytest.fixture
def sites(ok: Run) -> Run:
    for site in ("rome", "oslo"):
        ok("site", "add", site, "--endpoints", "1200", "--link-kbit", "20000")
    return ok


def test_add_show_set_list(sites: Run) -> None:
    words = ["--site", "ROME", "--manages", "rome", "--manages", "OSLO;rome", "--database", "off-box"]
    maps = ["--volume", "log=E:", "--volume", "data=D:", "--raid", "data=RAID 10", "--iops", "data=600"]
    intervals = ["--agent-interval", "1h", "--complete-membership", "1d", "--suppress-report-autorun"]
    sites("management-server", "add", "hq", *words, *maps, *intervals)
    again = sites("management-server", "add", "hq", *words[:3], "rome;oslo", *maps, *intervals)
    assert again.err == "hq: unchanged\n"
    shown = sites("management-server", "show", "hq").json
    assert (shown["site"], shown["sites"], shown["parent"]) == ("rome", ["oslo", "rome"], None)
    assert (shown["volumes"], shown["raid"], shown["iops"]) == (
        {"data": "D:", "log": "E:"},
        {"data": "10"},
        {"data": 600},
    )
    assert (shown["agent_interval_s"], shown["complete_membership_s"]) == (3600, 86400)
    assert (shown["report_autorun"], shown["autoshrink"]) == (False, False)
    sites("management-server", "set", "hq", "--manages", "rome", "--report-autorun")
    sites("management-server", "add", "branch", "--parent", "hq")
    rows = sites("management-server", "list", "-o", "json").json
    assert [(row["name"], row["parent"], row["sites"]) for row in rows] == [
        ("branch", "hq", []),
        ("hq", None, ["rome"]),
    ]
    assert all(row["report_autorun"] for row in rows)


def test_a_hierarchy_is_a_tree(run: Run, sites: Run) -> None:
    sites("management-server", "add", "a")
    sites("management-server", "add", "b", "--parent", "a")
    sites("management-server", "add", "c", "--parent", "b")
    refused = run("management-server", "set", "a", "--parent", "c")
    assert (refused.code, "`a` is below `c` is below `b` is below `a`" in refused.err) == (3, True)
    assert sites("management-server", "show", "a").json["parent"] is None
    itself = run("management-server", "set", "b", "--parent", "b")
    assert (itself.code, "would be above itself" in itself.err) == (3, True)
    used = run("management-server", "remove", "b", "--confirm", "b")
    assert (used.code, "management-server `c`" in used.err) == (6, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--volume", "dta=D:"], "did you mean `data`"),
        (["--volume", "data="], "`data` has no volume"),
        (["--raid", "data=7"], "is no RAID level"),
        (["--iops", "data=many"], "is no number of operations"),
        (["--iops", "data=0"], "is no number of operations"),
        (["--endpoints", "-1"], "is too little for `--endpoints`"),
        (["--agent-interval", "0s"], "is too little for `--agent-interval"),
        (["--agent-interval", "soon"], "is not a duration"),
        (["--database", "cloud"], "is no value for `--database`"),
        (["--cores", "0"], "is too little for `--cores`"),
    ],
)
def test_what_cannot_be(run: Run, words: list[str], said: str) -> None:
    refused = run("management-server", "add", "hq", *words)
    assert (refused.code, said in refused.err) == (3, True), refused.err


def test_gateways_lead_to_servers(run: Run, sites: Run) -> None:
    sites("management-server", "add", "hq")
    sites("gateway", "add", "edge", "--leads-to", "HQ", "--zone", "dmz", "--nics", "2", "--virtual", "--ram-gb", "7.5")
    shown = sites("gateway", "show", "edge").json
    assert (shown["servers"], shown["nics"], shown["virtual"], shown["ram_gb"]) == (["hq"], 2, True, 7.5)
    assert run("gateway", "add", "other", "--leads-to", "nowhere").code == 5
    assert run("gateway", "set", "edge", "--nics", "0").code == 3
    used = run("management-server", "remove", "hq", "--confirm", "hq")
    assert (used.code, "gateway `edge`" in used.err) == (6, True)
    sites("gateway", "set", "edge", "--unset", "servers")
    sites("management-server", "remove", "hq", "--confirm", "hq")


def test_a_site_that_is_managed_stays(run: Run, sites: Run) -> None:
    sites("management-server", "add", "hq", "--site", "rome", "--manages", "oslo")
    for site in ("rome", "oslo"):
        used = run("site", "remove", site, "--confirm", site)
        assert (used.code, "management-server `hq`" in used.err) == (6, True)
    sites("management-server", "remove", "hq", "--confirm", "hq")
    sites("site", "remove", "oslo", "--confirm", "oslo")


def test_planned_numbers_of_sites_servers_and_policies(run: Run, sites: Run) -> None:
    site = sites("site", "show", "rome").json
    assert (site["link_kbit"], site["endpoints"]) == (20000, 1200)
    assert run("site", "set", "rome", "--link-kbit", "0").code == 3
    assert run("site", "set", "rome", "--endpoints", "-1").code == 3
    sites("computer", "add", "s1")
    sites(
        "server", "add", "s1", "--service", "task", "--cores", "4", "--ram-gb", "3.5", "--disk-gb", "100", "--virtual"
    )
    server = sites("server", "show", "s1").json
    assert (server["cores"], server["ram_gb"], server["disk_gb"], server["virtual"]) == (4, 3.5, 100, True)
    assert run("server", "set", "s1", "--cores", "0").code == 3
    sites("task", "add", "scan", "--command", "true")
    words = ["--task", "scan", "--target", "all", "--on", "now", "--transport", "local"]
    load = ["--workload", "full-inventory", "--payload-kbit", "800"]
    sites("policy", "add", "inventory", *words, *load)
    policy = sites("policy", "show", "inventory").json
    assert (policy["workload"], policy["payload_kbit"]) == ("full-inventory", 800)
    assert run("policy", "set", "inventory", "--payload-kbit", "-1").code == 3
    assert run("policy", "set", "inventory", "--workload", "heavy").code == 3
