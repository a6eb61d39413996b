"""Write the index of the data classes from their files: `python .ci/classes.py`, after a file of a class changed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from itmsctl.inventory.catalogue import INDEX, stems
from itmsctl.inventory.packed import packed
from itmsctl.inventory.service.classes import written_class

FOLDER = Path(__file__).resolve().parent.parent / "itmsctl" / "inventory" / "classes"


def index() -> str:
    """Return the text of the index: a line for each class, so that changes of two classes do not meet."""
    lines = (f"{json.dumps(name)}:{json.dumps(packed(written_class(name)), separators=(',', ':'))}" for name in stems())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main() -> int:
    """Write the index."""
    (FOLDER / INDEX).write_text(index(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
