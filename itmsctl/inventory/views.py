"""Documented views of the data classes that come with the program."""

from __future__ import annotations

from itmsctl.inventory.asking import data_views

VIEWS = tuple(data_views())
