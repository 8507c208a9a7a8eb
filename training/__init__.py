"""Training: our own sentences and public data in, the scorer's model files out. Needs torch; the product does not."""
