"""One file for each part of a computer that is read directly; `look(probe)` returns rows by class."""
