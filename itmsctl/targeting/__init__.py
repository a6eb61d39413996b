"""Filters, groups, targets and who is in them."""
