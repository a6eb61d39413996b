"""The command line: root, options, output, errors."""
