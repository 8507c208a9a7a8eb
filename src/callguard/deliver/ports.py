"""What delivery needs of the others, as narrow as it can be: the store and the application satisfy it without knowing."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from callguard.accounts import ApiToken, Noted, TokenScope, User
from callguard.announced import CallDetails
from callguard.events import CallRecord, StoredEvent
from callguard.human_acts import AlertAnswer, CardAnswer, Measure
from callguard.incidents import CallComment
from callguard.speech import Letter
from callguard.terms import StaffRole, Tactic


class Accounts(Protocol):
    """Who may log in, and who has. Every method raises StoreError if the store fails.

    `noted` is what the log of access says of a change: kept with it, or neither is.
    """

    async def add_user(self, user: User, *, noted: Noted | None = None) -> None:
        """Add somebody. Raises InputError if the name is taken."""
        ...

    async def user(self, name: str) -> User | None:
        """Return the user of this log-in name."""
        ...

    async def users(self) -> list[User]:
        """Return everybody."""
        ...

    async def set_password(
        self, name: str, password_hash: str, *, one_time_until: datetime | None = None, noted: Noted | None = None
    ) -> None:
        """Change a password and end the user's sessions. Raises NotFoundError."""
        ...

    async def exchange_password(self, name: str, was: str | None, password_hash: str) -> bool:
        """Do so where the hash is still `was`; return whether it was done."""
        ...

    async def change_user(
        self,
        name: str,
        *,
        display_name: str | None = None,
        role: StaffRole | None = None,
        team: str | None = None,
        is_disabled: bool | None = None,
        noted: Callable[[User, User], Noted | None] | None = None,
    ) -> tuple[User, User]:
        """Change what is given; return the user before and after. Raises NotFoundError, InputError for the last admin."""
        ...

    async def add_session(
        self, token_hash: str, user: str, expires: datetime, *, now: datetime, password_hash: str | None = None
    ) -> bool:
        """Remember a log-in until `expires`; with `password_hash` only if that is still the user's. Say whether it was."""
        ...

    async def session_user(self, token_hash: str, now: datetime) -> User | None:
        """Return who has this session, None if it is unknown or over."""
        ...

    async def end_session(self, token_hash: str) -> None:
        """Forget a session."""
        ...

    async def add_token(self, name: str, token_hash: str, scope: TokenScope, *, noted: Noted | None = None) -> None:
        """Remember a bearer token. Raises InputError if the name is taken."""
        ...

    async def token(self, token_hash: str) -> ApiToken | None:
        """Return what a bearer token stands for."""
        ...

    async def tokens(self) -> list[ApiToken]:
        """Return what bearer tokens there are."""
        ...

    async def end_token(self, name: str, *, noted: Noted | None = None) -> None:
        """Revoke a bearer token. Raises NotFoundError."""
        ...


class AccessLog(Protocol):
    """Where it is written down who did what. Raises StoreError if the store fails."""

    async def audit_all(self, notes: Sequence[Noted]) -> None:
        """Note several acts in one transaction."""
        ...


class Events(Protocol):
    """What happened on calls. Every method raises StoreError if the store fails."""

    async def last_seq(self) -> int:
        """Return the number of the newest stored event."""
        ...

    async def seq_after(self, seq: int, count: int) -> int | None:
        """Return the number of the `count`-th stored event after `seq`, None if there are fewer."""
        ...

    async def events_since(self, seq: int, *, agent: str | None = None, limit: int = 1000) -> list[StoredEvent]:
        """Return events after `seq` in order; with `agent` only those of that agent's calls."""
        ...

    async def events_of_call(self, call_id: str, *, types: Collection[str] | None = None) -> list[StoredEvent]:
        """Return the events of a call in order."""
        ...

    async def events_of_calls_since(
        self, since: datetime, *, agent: str | None = None, types: Collection[str] | None = None
    ) -> list[StoredEvent]:
        """Return events, in order, of calls that are running or ended after `since`."""
        ...

    async def calls(
        self, limit: int, *, agent: str | None = None, running: bool | None = None, only_team: str = ""
    ) -> list[CallRecord]:
        """Return the newest calls, latest start first; with `only_team` those whose agent is in this team or in none."""
        ...

    async def call(self, call_id: str) -> CallRecord | None:
        """Return one call."""
        ...


class Archive(Accounts, Events, Protocol):
    """The store."""


class Card(Protocol):
    """A card that people can use at any time; read-only."""

    @property
    def tactic(self) -> Tactic:
        """Which of the ten it is."""
        ...

    @property
    def text(self) -> str:
        """The sentence to say or the thing to do."""
        ...


class ChecklistQuestion(Protocol):
    """One field of the checklist for a threat against a place; read-only."""

    @property
    def field(self) -> str:
        """Its stable name."""
        ...

    @property
    def ask(self) -> str:
        """What the agent can ask; empty where only a person can judge."""
        ...


class Comments(Protocol):
    """What people say of calls. Every method raises StoreError if the store fails."""

    async def add_comment(self, comment: CallComment) -> None:
        """Keep a comment."""
        ...

    async def comments_of(self, call_id: str) -> list[CallComment]:
        """Return the comments on a call, oldest first."""
        ...


class Recordings(Protocol):
    """Pieces of recordings; called off the event loop."""

    def wav(self, call_id: str, *, start_s: float, end_s: float) -> bytes:
        """Return a piece of a call as WAV. Raises NotFoundError, StoreError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How the guard as a whole stands."""

    is_ready: bool
    """Calls can be guarded."""
    engine: str
    """Engine and model, as people know them."""
    is_fallback: bool
    """The offline engine listens."""
    not_recorded_because: str
    """Why events or audio are not being recorded; empty when they are."""
    full_because: str = ""
    """Why a new call would be refused now; empty if it would not."""
    refused_calls: int = 0
    """Calls that were refused since the start."""


class Desk(Protocol):
    """Acts by people that the application carries out; each returns when the act is stored.

    All raise NotFoundError for a call or decision that is not there, StoreError if the act was passed on but could not be stored.
    """

    async def help(self, call_id: str, user: User, *, is_panic: bool) -> None:
        """Carry out «I need help» or «panic»."""
        ...

    async def card(self, call_id: str, user: User, *, tactic: Tactic, answer: CardAnswer, decision_id: str) -> None:
        """Note what somebody did with a card."""
        ...

    async def alert(
        self, call_id: str, user: User, *, decision_id: str, answer: AlertAnswer, to: str = "", reason: str = ""
    ) -> None:
        """Note what senior staff did with an alert: to whom they handed it, or why they declined."""
        ...

    async def threat(self, call_id: str, user: User, *, decision_id: str, measures: Sequence[Measure], note: str) -> None:
        """Note what senior staff decided about a threat."""
        ...

    async def write_field(self, call_id: str, user: User, *, field: str, value: str) -> None:
        """Write a field of the checklist by hand; it stands from now on."""
        ...

    def questions(self, call_id: str, language: str) -> Sequence[ChecklistQuestion]:
        """Return the fields of the checklist of a call's policy, in order."""
        ...

    async def request(self, call_id: str, user: User, *, tactic: Tactic) -> None:
        """Ask for an act beyond words."""
        ...

    async def assign(self, call_id: str, by: str, *, agent: str) -> None:
        """Say who has a call that came without an agent. Raises InputError if it is somebody else's."""
        ...

    async def describe(self, call_id: str, by: str, details: CallDetails) -> bool:
        """Take what a phone system says of a call beside its audio; returns whether it runs, else it is kept until then.

        Raises InputError if the call is over, is another agent's, or has another caller.
        """
        ...

    def agent_of(self, call_id: str) -> str | None:
        """Return whose call this is, None if it is neither running nor lately ended; works when the store does not."""
        ...

    def cards(self, call_id: str = "") -> Sequence[Card]:
        """Return all cards of a call's policy, in the order of the ladder; without a call those of new calls."""
        ...

    def health(self) -> Health:
        """Return how the guard stands now."""
        ...


class Letters(Protocol):
    """Judges written text."""

    def read(self, text: str, *, language: str = "") -> Letter:
        """Judge every sentence, in the installation's language where none is named.

        Raises InputError for a text that cannot be read, EngineError if the model failed.
        """
        ...
