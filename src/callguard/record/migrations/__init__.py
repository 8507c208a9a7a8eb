"""Steps that bring a database to the shape of this version; `callguard.record.migrate` runs them."""
