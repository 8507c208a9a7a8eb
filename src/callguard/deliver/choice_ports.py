"""What consoles may choose, as the application carries it out."""

from collections.abc import Sequence
from typing import Protocol

from callguard.accounts import User


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

    @property
    def wrap_up(self) -> "SupportKinds":
        """What an agent may be offered."""
        ...

    @property
    def restriction(self) -> "RestrictionKinds":
        """How a caller may be restricted."""
        ...


class SupportKinds(Protocol):
    """What an agent may be offered after a call; read-only."""

    @property
    def support(self) -> Sequence[str]:
        """Kinds of support, as people call them."""
        ...


class RestrictionKinds(Protocol):
    """How a caller may be restricted; read-only."""

    @property
    def kinds(self) -> Sequence[str]:
        """Kinds of restriction, as people call them."""
        ...

    @property
    def longest_days(self) -> int:
        """No restriction lasts longer."""
        ...

    @property
    def review_after_days(self) -> int:
        """After so many days it is looked at again, unless whoever decides says sooner."""
        ...

    @property
    def needs_consultation(self) -> bool:
        """Whether somebody else must be asked before it is decided."""
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
