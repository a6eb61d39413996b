"""Saved questions to the CMDB, asked read-only."""
