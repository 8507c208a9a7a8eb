"""Slows down whoever guesses passwords."""

from collections import OrderedDict

WINDOW_NS = 15 * 60 * 1_000_000_000
TRIES_PER_NAME = 5
TRIES_PER_ADDRESS = 50
"""A whole office may stand behind one address: of its tries only those count that failed or are not over."""
REMEMBERED = 10_000


class LoginThrottle:
    """Counts tries per name and address, and per address; bounded, and reads no clock."""

    def __init__(self) -> None:
        self._tries: OrderedDict[tuple[str, str], list[int]] = OrderedDict()

    def wait_s(self, name: str, address: str, now_ns: int) -> int:
        """Count a try and return 0, or the seconds after which the next one is allowed.

        Counted before the password is looked at, so that many tries at once gain nothing.
        """
        keys = [((name, address), TRIES_PER_NAME), (("", address), TRIES_PER_ADDRESS)]
        for key, allowed in keys:
            recent = [at for at in self._tries.get(key, []) if now_ns - at < WINDOW_NS]
            if len(recent) >= allowed:
                return (recent[0] + WINDOW_NS - now_ns) // 1_000_000_000 + 1
        for key, allowed in keys:
            self._tries[key] = [*self._tries.pop(key, []), now_ns][-allowed:]
        while len(self._tries) > REMEMBERED:
            self._tries.popitem(last=False)
        return 0

    def forgive(self, name: str, address: str) -> None:
        """Forget the tries of somebody who has logged in, and that one of the address; what failed there before still counts."""
        self._tries.pop((name, address), None)
        if of_address := self._tries.get(("", address)):
            of_address.pop()
