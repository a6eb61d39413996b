"""Faults put under whole commands: death at every sync, a full disk, a disk that fails, a client that dies anywhere."""
