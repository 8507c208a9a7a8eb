"""Media turns wire bytes into pieces of speech at 16 kHz."""
