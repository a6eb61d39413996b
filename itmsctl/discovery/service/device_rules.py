"""The rules of device types, read from their file once."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from itmsctl.discovery.typing_devices import DeviceRules, rules_of
from itmsctl.documents.yaml_reader import read_yaml

_FILE = Path(__file__).parent.parent / "device_types.yaml"


@cache
def device_rules() -> DeviceRules:
    """Return the rules that come with the program."""
    (document,) = read_yaml(_FILE.read_bytes(), _FILE.name)
    return rules_of(document.value)
