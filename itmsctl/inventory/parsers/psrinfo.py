"""`psrinfo -vp` and `psrinfo -v`: processors of Solaris."""

from __future__ import annotations

import re

from itmsctl.inventory.captured import filled, lines
from itmsctl.inventory.parser import Parser, Rows

_PHYSICAL = re.compile(
    r"The (?P<model>.*?)\s*physical processor has (?:(?P<cores>\d+) cores? and )?(?P<count>\d+) virtual processors?.*"
)
_DETAIL = re.compile(r"\s+(?P<model>[^()]+?)\s*\((?P<rest>[^()]*)\)")
_VIRTUAL = re.compile(r"Status of (?:virtual )?processor (\d+)")
_SPEED = re.compile(r"The (\S+) processor operates at (\d{1,6}) MHz")


def processors(text: str) -> Rows:
    """Return processors by socket; where only virtual ones are told, each of them."""
    kept = list(lines(text))
    rows: Rows = []
    for place, line in enumerate(kept):
        found = _PHYSICAL.fullmatch(line.strip())
        if found is None:
            continue
        below = kept[place + 1 : place + 7]
        rest = list(_until(below))
        detail = next((one for part in rest if (one := _DETAIL.fullmatch(part))), None)
        clock = re.search(r"clock (\d{1,6}) MHz", detail["rest"]) if detail else None
        said = [
            part.strip()
            for part in rest
            if part.strip() and not _DETAIL.fullmatch(part) and not part.strip().startswith("The core")
        ]
        model = said[-1] if said else detail["model"] if detail else found["model"]
        rows += filled(
            {
                "index": len(rows),
                "model": " ".join(model.split()),
                "speed_mhz": int(clock[1]) if clock else None,
                "cores": int(found["cores"]) if found["cores"] and len(found["cores"]) < 9 else None,
                "threads": int(found["count"]) if len(found["count"]) < 9 else None,
                "manufacturer": "Intel" if "GenuineIntel" in "".join(rest) else None,
            }
        )
    return rows or _virtual(kept)


def _until(below: list[str]) -> list[str]:
    end = next((n for n, line in enumerate(below) if "physical processor has" in line), len(below))
    return below[:end]


def _virtual(kept: list[str]) -> Rows:
    rows: Rows = []
    for line in kept:
        if _VIRTUAL.match(line.strip()):
            rows.append({"index": len(rows), "threads": 1})
        elif rows and (speed := _SPEED.search(line)):
            rows[-1] |= {"architecture": speed[1], "speed_mhz": int(speed[2])}
    return rows


PARSER = Parser("psrinfo -vp", {"processors": processors})
