"""An estate with something in every table that the audit answers for, made by commands and by services."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path

from itmsctl.agents.agent import Agent
from itmsctl.agents.service import registry
from itmsctl.cli.context import Context
from itmsctl.cli.main import main
from itmsctl.cmdb.actor import Actor
from itmsctl.cmdb.engine import place_of
from itmsctl.cmdb.opening import open_store
from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.packages.trust.keys import VerifyKey
from itmsctl.resources.service import associations
from itmsctl.resources.service.identities import learn
from itmsctl.security.service import host_keys
from itmsctl.transports.endpoint import HostKeyPin
from itmsctl.values.times import system_clock

_SITES = (
    "site add rome --region Lazio --time-zone Europe/Rome",
    "subnet add 10.0.0.0/24 --site rome",
    "computer add c1 --address 10.0.0.5 --tag env=prod --serial SN-77-1 --port 22",
    "computer add c2 --address 10.0.0.6 --mac 02:00:00:00:00:01 --management-address 10.0.0.9",
    "server add c1 --service task --service package --site rome",
    "management-server add ms1 --site rome --manages rome",
    "gateway add gw1 --leads-to ms1",
)
_TARGETS = (
    "filter add prod --where tags.env='prod'",
    "filter add asked --sql",
    "filter add hand --member c2",
    "view add org",
    "group add g1 --view org --member c1",
    "target add t1 --filter prod",
)
_WORK = (
    "schedule add nightly --daily 02:00",
    "task add patch --command true",
    "job add j1 --step patch",
    "hierarchy editable schedule/nightly --field time_zone",
    "policy add po1 --task patch --target t1 --schedule nightly --transport local",
    "metering-policy add mp1 --file firefox --target t1 --every 1d --transport local",
    "replication-rule add rr1 --direction down --kind items --target t1",
    "agent-settings add as1 --folder /srv/policy --inbox /srv/inbox --target t1 --schedule nightly",
    "registration-rule add reg1 --action approve --where known --target t1 --rank 3",
    "software add lib --deliverable",
    "software add rival --vendor Example",
    "software add old --version 1",
    "software add app --depends lib --conflicts rival --supersedes old",
    "delivery add d1 --software app --target t1 --schedule nightly",
    "inventory-policy add ip1 --target t1 --every 4h --transport local",
    "user add jane",
    "association add c1 primary-user jane",
    "network-device add sw1 --address 10.1.0.2",
    "printer add pr1",
    "virtual-machine add vm1",
    "application add ap1",
    "resource-type add rack-pdu --parent device --field outlets:int",
    "resource add pdu1 --type rack-pdu --field outlets=24",
    "report add r1 --sql",
    "task run --command false --where name='c1' --transport local",
    "run retry R-1 --failed",
    "job run j1 --all --transport local --batch 1",
    "task run --command whoami --where name='c2' --transport local",
    "window add w1 --type maintenance --daily 22:00 --duration 2h --target t1",
)
_SQL = {"filter": "SELECT guid FROM v_computer", "report": "SELECT name FROM v_computer"}


def fill(url: str, folder: Path) -> list[str]:
    """Make the estate in a new database; return the commands that failed."""
    secret = folder / "passphrase"
    secret.write_text("correct horse battery\n")
    secret.chmod(0o600)
    environment = {"HOME": str(folder), "XDG_STATE_HOME": str(folder / "state"), "TZ": "UTC", "PATH": "/usr/bin:/bin"}
    environment |= {"ITMSCTL_DB": url, "ITMSCTL_PASSPHRASE_FILE": str(secret)}
    failed = []
    for argv, stdin in _commands():
        out = io.StringIO()
        context = Context(argv, environment, io.StringIO(stdin), out, out)
        if main(argv, context) and argv[:1] != ["run"] and "false" not in argv:  # those fail on purpose
            failed.append(f"{' '.join(argv)}: {out.getvalue()}")
    store = opened(url, folder)
    try:
        store.write(_rest)
    finally:
        store.close()
    return failed


def _commands() -> Iterator[tuple[Sequence[str], str]]:
    for line in (*_SITES, *_TARGETS):
        words = line.split()
        yield [*words, *([_SQL[words[0]]] if words[-1] == "--sql" else [])], ""
    yield ["hierarchy", "init", "hq"], ""
    yield ["vault", "init"], ""
    yield ["credential", "add", "word", "--kind", "password", "--secret-stdin", "--site", "rome"], "S3cr3t-pass\n"
    yield ["discovery-profile", "add", "office", "--method", "ping", "--credential", "word"], ""
    yield ["profile", "add", "p1", "--user", "root", "--port", "22", "--credential", "word"], ""
    for line in _WORK:
        words = line.split()
        yield [*words, *([_SQL[words[0]]] if words[-1] == "--sql" else [])], ""
    yield ["membership", "update", "--complete"], ""
    yield ["site", "add", "gone"], ""
    yield ["site", "remove", "gone", "--confirm", "gone"], ""


def _rest(unit: UnitOfWork) -> None:
    computer = host_keys.computer(unit, "c1")
    other = host_keys.computer(unit, "c2")
    host_keys.accept(unit, computer, HostKeyPin("ssh-ed25519", "SHA256:" + "A" * 43, b"key", "pinned"), "scan")
    learn(unit, computer.id, "machine_id", "0123456789abcdef0123456789abcdef")
    key, told = VerifyKey(bytes(range(32))), {"name": "c2", "mac": ["02:00:00:00:00:01"]}
    registry.add(unit, Agent(0, "a" * 32, "c2", "pending", key, "m" * 64, unit.now, told=told))
    associations.define_type(unit, "beside", "computer", "computer")
    associations.associate(unit, "beside", computer.id, other.id)


def opened(url: str, folder: Path) -> Store:
    """Open it as a store."""
    return open_store(place_of(url), clock=system_clock, actor=Actor("tester"), state_folder=folder / "state")
