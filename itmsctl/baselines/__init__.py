"""Baselines: how rows of inventory should be, and which computers deviate."""
