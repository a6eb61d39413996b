"""Programs that run on endpoints: sent as text, for a POSIX shell and for Python 3.6."""
