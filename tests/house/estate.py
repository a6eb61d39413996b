"""One estate in which every field of every noun that an administrator sets holds a value of its own.

Values follow from the type of a field, so a new field of the usual kind needs nothing here. What excludes another field
or needs a special form is in `VARIANTS`: one object for each, and the first of them bears all the other fields too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from itmsctl.cmdb.store import Store
from itmsctl.cmdb.work import UnitOfWork
from itmsctl.values.kind import Field, Kind, Type, house
from itmsctl.values.kind_order import kinds_in_order

Fields = dict[str, Any]

NAMES = {"data-class": "data_class_0", "subnet": "10.1.0.0/16", "sizing-exception": "SZ-101"}
_CLOCKS: tuple[Fields, ...] = (
    {"daily": "18:01", "not_before": "2026-03-01", "not_after": "2027-03-01", "time_zone": "Asia/Tokyo"},
    {"at": "2026-03-29T18:02"},
    {"weekly": "monday,thursday 18:03"},
    {"monthly": "last weekday 22:04"},
    {"every_s": "61m", "start": "2026-02-01"},
    {"cron": "5 18 * * mon"},
    {"rrule": "FREQ=WEEKLY;BYDAY=MO;BYHOUR=18;BYMINUTE=6"},
)
VARIANTS: Mapping[str, tuple[Fields, ...]] = {
    "computer": (
        {
            "address": ["10.1.0.1"],
            "uuid": ["4c4c4544-0001-3510-8052-b4c04f4b4d31"],
            "machine_id": ["0123456789abcdef0123456789abcde1"],
            "mac": ["00:1b:21:3c:4d:51"],
            "management_address": "10.1.0.9",
            "port": 2222,
            "locked": "serial,mac",
        },
    ),
    "server": ({"folder": "/srv/files", "urls": ["https://files.example/packages"]},),
    "network-device": ({"address": ["10.1.0.2"], "mac": ["00:1b:21:3c:4d:52"]},),
    "printer": ({"address": ["10.1.0.3"], "mac": ["00:1b:21:3c:4d:53"]},),
    "virtual-machine": ({"uuid": "4c4c4544-0001-3510-8052-b4c04f4b4d32"},),
    "resource-type": ({"parent": "device", "fields": ["outlets:int"]},),
    "resource": ({"fields": {"outlets": "24"}, "address": ["10.1.0.4"], "mac": ["00:1b:21:3c:4d:54"]},),
    "filter": ({"where": "os_family = 'mac'"}, {"sql": "SELECT guid FROM v_tag"}, {"members": ["computer-0"]}),
    "group": ({"view": "view-0", "members": ["computer-0"]}, {"parent": "group-0", "where": "port = 2222"}),
    "target": ({"excludes": ["group:group-1"], "is": "filter-0"},),
    "profile": ({"transport": "ssh", "key_file": "/keys/one", "run_dir": "/srv/runs"},),
    "schedule": (*_CLOCKS, {"asap": True}, {"event": "weather-changed"}),
    "window": tuple({**clock, "targets": ["target-0"]} for clock in _CLOCKS),
    "task": (
        {"type": "script", "interpreter": "python", "body": "true # the body",
         "parameters": {"WHO": "ada"}, "parameter_types": {"N": "int"},
         "success_codes": "0,7", "reboot_codes": "8", "retry_codes": "9"},
        {"type": "message", "arguments": {"text": "goodbye"}},
    ),
    "job": ({"steps": [{"name": "first", "task": "task-0", "parameters": {"N": "3"}},
                       {"name": "then", "task": "task-1", "when": "first.failed"}]},),
    "policy": (
        {"task": "task-0", "schedule": "schedule-0", "target": "target-0", "parameters": {"WHO": "eve", "N": "3"},
         "batch": "1,25%,100%", "max_fail": "7%", "gate_success": "93%", "health": "os_family = 'mac'",
         "transport": "ssh", "key_files": ["/keys/two"], "confirm": "task-0:9", "port": 2223},
        {"job": "job-0", "event": "weather-changed", "target": "target-0", "transport": "openssh", "rings": "1%,100%",
         "seed": "a-seed"},
    ),
    "inventory-policy": (
        {"collect": ["software"], "exclude": ["processes"], "schedule": "schedule-0", "target": "target-0", "nice": 7,
         "transport": "ssh", "key_files": ["/keys/three"], "confirm": "inventory-policy-0:9", "port": 2224},
        {"every_s": "4h"},
    ),
    "metering-policy": (
        {"action": "deny", "files": ["firefox"], "paths": ["/opt/*"], "products": ["mozilla*"], "vendors": ["Mozilla"],
         "versions": ["<115"], "detail": "full", "schedule": "schedule-0", "target": "target-0", "transport": "ssh",
         "key_files": ["/keys/four"], "confirm": "metering-policy-0:9", "port": 2225},
        {"files": ["*"], "every_s": "4h"},
    ),
    "discovery-profile": (
        {"methods": ["ping", "snmp"], "ports": ["22", "443"], "snmp_port": 1161, "timeout_s": "5s", "retries": 3,
         "rate": 51.5, "parallel": 7},
    ),
    "management-server": (
        {"parent": "management-server-1", "volumes": {"data": "D:"}, "raid": {"data": "10"}, "iops": {"data": "600"}},
        {},
    ),
    "report": ({"sql": "SELECT name FROM v_computer WHERE port > :least", "parameters": {"least": "5"},
                "parameter_types": {"least": "int"}, "drilldown": "computer show {name}"},),
    "data-class": ({"definition": "name: data_class_0\nhelp: Said.\nrows: many\nkey: [name]\nfilter: [name]\n"
                    "systems: [linux]\ncolumns:\n  name: {type: text, help: Name.}\n"},),
    "package": ({"programs": [{"name": "install", "linux": "true", "codes": {"3010": "reboot"}, "limit": 90.0}],
                 "detect": "package hello >= 2"},),
    "baseline": ({"data_class": "services", "columns": ["state"], "rows": '{"name":"sshd","state":"running"}\n'},),
    "import-mapping": (
        {"noun": "computer", "columns": ["Asset=serial"], "constants": ["os_family=mac"], "transforms": ["name=lower"],
         "meanings": ["os_family:OS X=mac"], "taken": ["Kind=Laptop"], "encoding": "cp1252", "priority": 77},
    ),
    "software": (
        {"detect": "package hello >= 2.10", "applies": "inventory (os_family = 'mac')", "depends": ["software-1"],
         "conflicts": ["software-1"], "supersedes": ["software-1"], "license_until": "2027-12-31"},
        {},
    ),
    "delivery": (
        {"software": ["software-1"], "action": "uninstall", "schedule": "schedule-0", "run_schedule": "schedule-0",
         "target": "target-0", "batch": "1,25%,100%", "max_fail": "7%", "gate_success": "93%",
         "health": "os_family = 'mac'", "transport": "ssh", "key_files": ["/keys/five"], "confirm": "delivery-0:9",
         "port": 2226, "cache": "/var/tmp/cache", "defer": 3, "defer_s": 7200.0},
        {"software": ["software-1"], "target": "target-0", "transport": "openssh", "rings": "1%,100%", "seed": "two"},
    ),
    "replication-rule": (
        {"direction": "up", "kinds": ["computer", "events"], "until": "2026-03-31", "classes": ["services"],
         "servers": ["head"], "schedule": "schedule-0", "target": "target-0", "mode": "complete", "verify_pct": 7},
        {"direction": "out", "kinds": ["items"], "servers": ["far"], "forced": True},
    ),
    "agent-settings": (
        {"target": "target-0", "site": "site-0", "folder": "/srv/policy", "source": "http://web/policy",
         "inbox": "sftp://in@web/inbox", "collected": "/srv/inbox", "interval_s": 7200.0, "inventory_s": 43200.0,
         "splay_s": 600.0, "lasts_s": 864000.0, "self_update": True, "schedule": "schedule-0"},
        {"folder": "/srv/policy", "inbox": "/srv/inbox"},
    ),
    "registration-rule": (
        {"action": "approve", "where": "known_by_serial and site = 'rome'", "target": "target-0", "rank": 7},
        {"action": "reject"},
    ),
    "sizing-exception": ({"until": "2026-12-31"},),
}  # fmt: skip


def name_of(kind: str, which: int = 0) -> str:
    declared = house().kind(kind)
    kind = (declared.named_for if declared is not None else "") or kind
    return NAMES.get(kind, f"{kind}-{which}")


def value_of(field: Field, place: int) -> Any:
    """Return a value that stands nowhere else: it follows from the type of the field and its place."""
    if field.form == "zone":
        return "Asia/Tokyo"
    one = field.choices[-1] if field.choices else name_of(field.ref) if field.ref else f"{field.name}-said"
    values = {
        Type.INT: 100 + place, Type.REAL: 100.5 + place, Type.BOOL: True, Type.DURATION: 60.0 + place,
        Type.LIST: [one], Type.MAP: {"k": one},
    }  # fmt: skip
    return values.get(field.type, one)


def objects_of(kind: Kind) -> Iterator[tuple[str, Fields]]:
    """Yield the objects of a kind: name and fields."""
    variants = VARIANTS.get(kind.name, ({},))
    special = {name for variant in variants for name in variant}
    usual = {f.name: value_of(f, place) for place, f in enumerate(kind.admin_fields) if f.name not in special}
    for which, variant in enumerate(variants):
        required = {f: v for f, v in usual.items() if which == 0 or getattr(kind.field(f), "required", False)}
        yield name_of(kind.name, which), {**required, **variant}


def _in_order(kind: Kind) -> list[tuple[str, Fields]]:
    """Return the objects of a kind, one that names another of its kind behind that."""
    found = list(objects_of(kind))
    own = {field.name for field in kind.fields if field.ref == kind.name}
    return sorted(found, key=lambda made: bool(own & made[1].keys()))


def given() -> Iterator[tuple[Kind, Field, str, Any]]:
    """Yield every field that an administrator sets, with the object that bears it, and its value."""
    for kind in house().kinds():
        first: dict[str, tuple[str, Any]] = {}
        for name, fields in objects_of(kind):
            for field, value in fields.items():
                first.setdefault(field, (name, value))
        for field in kind.admin_fields:
            yield (kind, field, *first[field.name])


def build(store: Store) -> None:
    """Write the estate, each noun behind those that it names."""

    def write(unit: UnitOfWork) -> None:
        for kind in kinds_in_order():
            for name, fields in (
                reversed(list(objects_of(kind))) if kind.name in {"management-server", "software"} else objects_of(kind)
            ):
                try:
                    kind.load_shelf().add(unit, name, fields)
                except Exception as error:
                    error.add_note(f"{kind.name} {name}: {fields}; a field that needs a special form: VARIANTS")
                    raise

    store.write(write)
