"""What consoles may choose, as the application carries it out."""

from collections.abc import Sequence
from typing import Protocol

from callguard.events import User


class PolicyInUse(Protocol):
    """The policy, as far as consoles show it; read-only."""

    @property
    def label(self) -> str:
        """Name and version."""
        ...

    @property
    def summary(self) -> str:
        """What it stands for, in a sentence."""
        ...

    @property
    def crisis_line(self) -> str:
        """Whom somebody in need can call."""
        ...

    @property
    def tiers(self) -> Sequence["TierName"]:
        """Who is alerted, first people first."""
        ...


class TierName(Protocol):
    """Some of the people who are alerted; read-only."""

    @property
    def name(self) -> str:
        """As people call them."""
        ...

    @property
    def reach(self) -> str:
        """«team»: they are alerted about calls of their own team; «all»: about every call."""
        ...


class Choices(Protocol):
    """Choices that the application carries out. Raise PolicyError or InputError for what cannot be, StoreError if not stored."""

    def policy(self) -> PolicyInUse:
        """Return the policy that new calls get."""
        ...

    def problems(self, text: str) -> Sequence[str]:
        """Return what is wrong with a policy text."""
        ...

    def changes(self, text: str) -> Sequence[str]:
        """Return what a policy text would change."""
        ...

    async def use_policy(self, text: str, by: User) -> str:
        """Let new calls run under a policy and return its label."""
        ...

    def shows_prompts(self, agent: str) -> bool:
        """Whether an agent wants cards."""
        ...

    async def set_prompts(self, agent: str, *, is_on: bool) -> None:
        """Switch an agent's cards on or off."""
        ...
