"""Commands of inventory, a file for each group."""
