"""What the admins' pages need to know of the installation, and may change in it."""

from typing import Protocol

from callguard.accounts import User
from callguard.operations import Budget, EngineRoom, ModelShelf, PolicyReport, PolicyVersion, RetentionStanding, TapStanding


class PolicyVersions(Protocol):
    """All versions of policies. Raise StoreError if the store fails."""

    async def versions(self) -> list[PolicyVersion]:
        """Return them: the running one first, then the newest."""
        ...

    async def text(self, label: str) -> str:
        """Return one, as TOML. Raises NotFoundError."""
        ...

    def report(self, text: str) -> PolicyReport:
        """Say what is wrong with a text, or what it would change."""
        ...

    async def propose(self, text: str, *, note: str, by: User) -> str:
        """Keep a version that nobody runs under yet; return its label. Raises PolicyError, InputError."""
        ...

    async def use(self, label: str, by: User) -> str:
        """Let new calls run under a version. Raises NotFoundError, PolicyError, InputError."""
        ...


class Models(Protocol):
    """The speech models on this machine."""

    def shelf(self) -> ModelShelf:
        """Return what is there; looks at the disk, so it is called off the event loop."""
        ...

    async def pull(self, name: str, by: User) -> None:
        """Begin to fetch a model. Raises NotFoundError, AccessError if the settings forbid it, InputError while another comes."""
        ...

    async def verify(self, name: str, by: User) -> None:
        """Compare a model with the checksums taken when it was pulled. Raises NotFoundError, ModelMissingError."""
        ...


class Operations(Protocol):
    """The installation as it stands."""

    @property
    def policies(self) -> PolicyVersions:
        """All versions of policies."""
        ...

    @property
    def models(self) -> Models:
        """The speech models."""
        ...

    def taps(self, web_url: str) -> list[TapStanding]:
        """Return the taps of the settings; `web_url` is the address at which the reader's browser finds callguard."""
        ...

    def engine_room(self) -> EngineRoom:
        """Return the load."""
        ...

    def budget(self) -> Budget:
        """Return the latency budget over the last minutes."""
        ...

    async def retention(self) -> RetentionStanding:
        """Return how long things are kept."""
        ...
