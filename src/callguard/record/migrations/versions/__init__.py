"""One module per change of the tables, each with `upgrade(op)`."""
