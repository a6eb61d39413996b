"""Commands of the room `admin`: a module for each group or two, so that a command imports its own only."""
