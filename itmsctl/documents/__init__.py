"""Files of words: CSV, NDJSON, YAML. The only place that reads or writes them; nothing of their libraries leaks."""
