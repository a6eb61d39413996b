"""The program that a computer is given to read itself: put together from the modules that read, for old Pythons too."""
