"""IT management from the command line, over one SQL database."""

__version__ = "0.1.0"
