"""Use cases of `plans`: files read, planned, applied, compared, exported; undoing, looking back."""
