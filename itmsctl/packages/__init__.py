"""Packages: files with programs, the library that holds them, and how they come to computers unharmed."""
