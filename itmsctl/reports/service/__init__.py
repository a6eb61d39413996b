"""Use cases of the room `reports`: saved reports and those of the program, and running them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from itmsctl.values.facade import handing_on

if TYPE_CHECKING:
    from itmsctl.reports.service.asking import Answer, Asked, answer
    from itmsctl.reports.service.page import PageHead, page_of, write_page
    from itmsctl.reports.service.reports import CATALOGUE, REPORTS, file_fields, view_rows
    from itmsctl.reports.service.several import STALE_AFTER, AnswerOfSeveral, Visiting, answer_of, answer_of_several
    from itmsctl.reports.service.writing import form_of, written_to

__all__ = [
    "CATALOGUE",
    "REPORTS",
    "STALE_AFTER",
    "Answer",
    "AnswerOfSeveral",
    "Asked",
    "PageHead",
    "Visiting",
    "answer",
    "answer_of",
    "answer_of_several",
    "file_fields",
    "form_of",
    "page_of",
    "view_rows",
    "write_page",
    "written_to",
]

__getattr__ = handing_on(
    __name__,
    {
        "asking": "Answer Asked answer",
        "page": "PageHead page_of write_page",
        "reports": "CATALOGUE REPORTS file_fields view_rows",
        "several": "STALE_AFTER AnswerOfSeveral Visiting answer_of answer_of_several",
        "writing": "form_of written_to",
    },
)
