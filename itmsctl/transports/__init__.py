"""Ground: the only place that opens a connection to a computer."""
