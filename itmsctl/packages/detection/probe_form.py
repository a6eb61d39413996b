"""What a probe prints: lines of bounded length.

A line is `NUMBER<tab>FIELD<tab>VALUE`, the number that of the leaf; the first line is the word of the form, the last
says how many leaves were looked at: an answer without it was cut.
"""

from __future__ import annotations

FORM = "itmsctl-evidence 1"
DONE = "done"
MOST_VALUE = 500  # characters of a value
MOST_LINES = 40  # of a leaf: packages whose name matches
