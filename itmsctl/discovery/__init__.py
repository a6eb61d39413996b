"""The room `discovery`: what is in a network, who it is, and what devices say of themselves (DISC-1..5)."""
