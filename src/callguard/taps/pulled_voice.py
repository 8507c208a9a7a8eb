"""What callguard says to one browser: sources mixed, pulled by the browser's own connection every 20 ms."""

from collections.abc import Mapping

from callguard.taps.outgoing import Mixer
from callguard.terms import RATE_HZ, Role, Samples


class PulledVoice:
    """The way back on one browser's connection; whoever is on it hears it, the other party does not."""

    def __init__(self, side: Role) -> None:
        self._side = side
        self._mixer = Mixer()
        self._is_open = True

    @property
    def sides(self) -> frozenset[Role]:
        """The party at this browser, nobody once it is gone."""
        return frozenset({self._side}) if self._is_open else frozenset()

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        """Queue samples at 16 kHz."""
        if side in self.sides and len(samples):
            self._mixer.add(samples, source)

    def clear(self, side: Role, *, source: str) -> None:
        """Forget what a source has queued."""
        if side in self.sides:
            self._mixer.clear(source)

    def waiting_s(self, side: Role, *, source: str) -> float:
        """Return how much of a source has not been sent."""
        return self._mixer.waiting(source) / RATE_HZ if side in self.sides else 0.0

    def close(self) -> None:
        """Take the browser as gone."""
        self._is_open = False

    def pull(self) -> Samples:
        """Return the next 20 ms at 16 kHz: silence while nobody speaks."""
        return self._mixer.pull()

    def take_levels(self) -> Mapping[str, float]:
        """Tell a party nothing about loudness."""
        return {}
