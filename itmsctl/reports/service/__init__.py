"""Use cases of the room `reports`: saved reports and those of the program, and running them."""

from __future__ import annotations

from itmsctl.reports.service.asking import Answer, Asked, answer
from itmsctl.reports.service.reports import CATALOGUE, REPORTS, file_fields, view_rows
from itmsctl.reports.service.writing import form_of, written_to

__all__ = ["CATALOGUE", "REPORTS", "Answer", "Asked", "answer", "file_fields", "form_of", "view_rows", "written_to"]
