"""The command line: arguments in, one sentence on failure, exit codes as DESIGN.md writes them."""
