"""What a person sees of data classes."""

from __future__ import annotations

from itmsctl.cli.output import Column

DATA_CLASS = (
    Column("name"),
    Column("rows"),
    Column("key"),
    Column("columns", right=True),
    Column("volatile", wide=True),
    Column("systems"),
    Column("help"),
)
