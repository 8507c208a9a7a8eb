"""Demo plays the bundled calls through a real tap and checks that each did what its script says."""
