"""The offline engine: PocketSphinx in worker processes, decoding while people speak."""
