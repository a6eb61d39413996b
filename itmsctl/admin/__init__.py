"""The database itself: its care, its history, its health."""
