"""Files that declare the estate: planned, applied, compared, exported, undone."""
