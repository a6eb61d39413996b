"""The group `run`: what became of runs."""
