"""The CMDB: the only place that knows how SQL engines differ."""
