"""Detection rules: whether something is installed, or a computer fits it, said as text and judged by evidence.

    package hello >= 2.10
    file /usr/bin/hello and not service hello-old
    all: [registry 'HKLM\\SOFTWARE\\Hello' value Version >= 2, file 'C:\\Program Files\\Hello\\hello.exe']

`parse` reads the text, `text_of` writes it again, `evaluate` judges by evidence: what a probe printed (`probe`,
`answers`), or what is held of a computer (`held`). What is unknown counts neither as true nor as false.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.values.facade import handing_on

if TYPE_CHECKING:
    from itmsctl.packages.detection.answers import evidence as evidence
    from itmsctl.packages.detection.judging import evaluate as evaluate
    from itmsctl.packages.detection.probing import probe as probe
    from itmsctl.packages.detection.reading import parse as parse
    from itmsctl.packages.detection.writing import text_of as text_of

__all__ = ["evaluate", "evidence", "parse", "probe", "text_of"]

__getattr__ = handing_on(
    __name__,
    {"answers": "evidence", "judging": "evaluate", "probing": "probe", "reading": "parse", "writing": "text_of"},
)
