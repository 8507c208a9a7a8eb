"""What of a running hypothesis can be shown: words that two decodes in a row agree on."""

from callguard.transcribe.guards import normalise


class Agreement:
    """The stable beginning of one running utterance (local agreement of two hypotheses, Liu et al. 2020)."""

    def __init__(self) -> None:
        self._last: list[str] = []
        self._shown: list[str] = []

    def push(self, text: str) -> str:
        """Take the text of the newest decode and return the words that are stable; never fewer than before."""
        words = text.split()
        stable = words[: _agreed(self._last, words)]
        self._last = words
        if len(stable) > len(self._shown) and _agreed(self._shown, stable) == len(self._shown):
            self._shown = stable
        return " ".join(self._shown)


def _agreed(first: list[str], second: list[str]) -> int:
    """Return how many words from the start are the same, but for case and punctuation."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((place for place, (one, other) in pairs if normalise(one) != normalise(other)), min(len(first), len(second)))
