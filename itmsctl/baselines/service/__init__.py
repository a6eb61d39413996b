"""Use cases of baselines."""
