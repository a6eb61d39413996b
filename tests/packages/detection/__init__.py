"""Detection rules: how they are written, judged, and asked of computers."""
