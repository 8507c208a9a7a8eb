"""Who listens to which call now. Costs one look-up for each piece of audio when nobody does."""

from callguard.join.mix import Mix
from callguard.terms import Role, Samples


class Rooms:
    """The listeners of all calls."""

    def __init__(self) -> None:
        self._listeners: dict[str, dict[str, Mix]] = {}

    def enter(self, call_id: str, join_id: str) -> Mix:
        """Let somebody hear a call from now on."""
        mix = Mix()
        self._listeners.setdefault(call_id, {})[join_id] = mix
        return mix

    def leave(self, call_id: str, join_id: str) -> None:
        """End it."""
        listeners = self._listeners.get(call_id, {})
        listeners.pop(join_id, None)
        for mix in listeners.values():
            mix.forget(join_id)
        if not listeners:
            self._listeners.pop(call_id, None)

    def hear(self, call_id: str, role: Role, samples: Samples) -> None:
        """Take what a party said, at 16 kHz."""
        if not self._listeners:
            return
        for mix in self._listeners.get(call_id, {}).values():
            mix.hear(role, samples)

    def hear_staff(self, call_id: str, join_id: str, samples: Samples) -> None:
        """Take what one of the listeners said, for the others."""
        for other, mix in self._listeners.get(call_id, {}).items():
            if other != join_id:
                mix.hear(join_id, samples)
