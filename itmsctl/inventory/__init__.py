"""What computers are made of and what is on them: data classes, their rows, and what changes between two reports."""
