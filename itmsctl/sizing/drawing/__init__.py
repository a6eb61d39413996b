"""Pictures as SVG text, by small pure functions. Nothing here knows where a picture goes."""
