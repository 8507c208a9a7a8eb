"""Score turns words into a probability per category, with the words that caused it."""
