"""Several computers changed or removed in one unit of work."""

from itmsctl.cmdb.several import set_all

__all__ = ["set_all"]
