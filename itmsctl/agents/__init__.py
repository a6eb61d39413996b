"""Agents: computers that act by themselves, by signed policy that they fetch, and tell what came of it."""
