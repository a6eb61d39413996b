"""Software: what is to be on computers, how it is told that it is there, and what depends on what."""
