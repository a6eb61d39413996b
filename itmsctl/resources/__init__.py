"""Everything that can be tracked: computers, their addresses, identities and tags."""
