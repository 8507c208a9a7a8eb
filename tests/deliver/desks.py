"""What a web application asks of the rest of callguard, plainly: it carries nothing out and remembers what was asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from callguard.accounts import User
from callguard.announced import CallDetails
from callguard.decide.policy import Policy, load_policy
from callguard.deliver.line_ports import NewLine
from callguard.deliver.ports import Health
from callguard.errors import InputError, NotFoundError, PolicyError
from callguard.human_acts import AlertAnswer, CardAnswer, JoinMode, Measure
from callguard.speech import Letter, LetterSentence
from callguard.terms import Category, Role, Tactic

HEALTHY = Health(is_ready=True, engine="whisper base.en", is_fallback=False, not_recorded_because="")


@dataclass(frozen=True)
class PlainCard:
    """A card of a policy."""

    tactic: Tactic
    text: str


@dataclass(frozen=True)
class PlainQuestion:
    """A field of a checklist."""

    field: str
    ask: str


class PlainChoices:
    """Takes every policy that says «sound»; remembers who wants no cards."""

    def __init__(self) -> None:
        self.used: list[tuple[str, str]] = []
        self.off: set[str] = set()

    def policy(self) -> Policy:
        return load_policy("standard")

    def problems(self, text: str) -> Sequence[str]:
        return [] if "sound" in text else ["line 1: it is not sound"]

    def changes(self, text: str) -> Sequence[str]:
        return ["version: 1 → 2"]

    async def use_policy(self, text: str, by: User) -> str:
        if self.problems(text):
            raise PolicyError("line 1: it is not sound")
        self.used.append((text, by.name))
        return "sound 2"

    def shows_prompts(self, agent: str) -> bool:
        return agent not in self.off

    async def set_prompts(self, agent: str, *, is_on: bool) -> None:
        (self.off.discard if is_on else self.off.add)(agent)


class PlainRecordings:
    """Has a recording of call c1 only."""

    def wav(self, call_id: str, *, start_s: float, end_s: float) -> bytes:
        if call_id != "c1":
            raise NotFoundError("this call has no recording")
        return f"{start_s} to {end_s}".encode()


class PlainLetters:
    """Finds a letter rude if it says so."""

    def read(self, text: str, *, language: str = "") -> Letter:
        if not text.strip():
            raise InputError("the letter is empty; send its text")
        labels = (Category.RUDENESS,) if "rude" in text else ()
        sentence = LetterSentence(
            start=0,
            end=len(text),
            text=text,
            labels=labels,
            severity=len(labels),
            scores={category: float(category in labels) for category in Category},
            spans=(),
            is_quoted=False,
            needs_answer=not labels,
        )
        return Letter(
            sentences=(sentence,),
            labels=labels,
            severity=len(labels),
            scorer="plain 1",
            is_keywords_only=language not in ("", "en"),
        )


@dataclass
class RecordingDesk:
    """Carries nothing out; remembers what was asked and by whom."""

    acts: list[tuple[Any, ...]] = field(default_factory=list)
    agents: dict[str, str] = field(default_factory=dict)
    error: Exception | None = None
    stand: Health = field(default_factory=lambda: HEALTHY)

    async def help(self, call_id: str, user: User, *, is_panic: bool) -> None:
        self._note("help", call_id, user.name, is_panic)

    async def card(self, call_id: str, user: User, *, tactic: Tactic, answer: CardAnswer, decision_id: str) -> None:
        self._note("card", call_id, user.name, tactic, answer, decision_id)

    async def alert(
        self, call_id: str, user: User, *, decision_id: str, answer: AlertAnswer, to: str = "", reason: str = ""
    ) -> None:
        self._note("alert", call_id, user.name, decision_id, answer, *filter(None, (to, reason)))

    async def threat(self, call_id: str, user: User, *, decision_id: str, measures: Sequence[Measure], note: str) -> None:
        self._note("threat", call_id, user.name, decision_id, tuple(measures), note)

    async def write_field(self, call_id: str, user: User, *, field: str, value: str) -> None:
        self._note("field", call_id, user.name, field, value)

    def questions(self, call_id: str, language: str) -> Sequence[PlainQuestion]:
        del call_id
        return (PlainQuestion("when", "When?" if language == "en" else "Wann?"), PlainQuestion("voice", ""))

    async def request(self, call_id: str, user: User, *, tactic: Tactic) -> None:
        self._note("request", call_id, user.name, tactic)

    async def assign(self, call_id: str, by: str, *, agent: str) -> None:
        self._note("assign", call_id, by, agent)

    async def describe(self, call_id: str, by: str, details: CallDetails) -> bool:
        self._note("describe", call_id, by, details.said)
        return call_id in self.agents

    def agent_of(self, call_id: str) -> str | None:
        return self.agents.get(call_id)

    def cards(self, call_id: str = "") -> Sequence[PlainCard]:
        del call_id
        return (
            PlainCard(Tactic.CALM, "I can hear how upsetting this is, and I am sorry."),
            PlainCard(Tactic.PROGRESS, "I want to help. To do that I need your reference number."),
            PlainCard(Tactic.WARN, "I want to help, and I can't go on while I'm spoken to like this. Can we start again?"),
            PlainCard(Tactic.EXIT, "I am ending this call now. You can write to the office's address."),
            PlainCard(Tactic.ESCALATE, "Somebody else can help you better. Please hold on."),
            PlainCard(Tactic.INTERJECT, "That sounded hard. Can I help?"),
        )

    def health(self) -> Health:
        return self.stand

    def _note(self, *act: Any) -> None:
        if self.error is not None:
            raise self.error
        self.acts.append(act)


@dataclass
class RecordingJoins:
    """Joins nobody; remembers what was asked with the desk's acts."""

    desk: RecordingDesk
    present: list[Mapping[str, str]] = field(default_factory=list)
    """Who is said to be in every call."""

    def ways(self, call_id: str) -> dict[str, Any]:
        return {"browser": ["listen"], "phone": ["listen", "whisper"] if self.present else []}

    def inside(self, call_id: str) -> Sequence[Mapping[str, str]]:
        return self.present

    async def join(self, call_id: str, user: User, mode: JoinMode, *, offer: str = "", phone: str = "") -> dict[str, Any]:
        self.desk._note("join", call_id, user.name, mode, offer, phone)
        return {"join_id": "j1", "mode": mode, "sdp": ""}

    async def change(self, call_id: str, join_id: str, user: User, mode: JoinMode) -> None:
        self.desk._note("change", call_id, join_id, user.name, mode)

    async def hand_over(self, call_id: str, join_id: str, user: User, to: str) -> None:
        self.desk._note("hand_over", call_id, join_id, user.name, to)

    async def leave(self, call_id: str, join_id: str, user: User) -> None:
        self.desk._note("leave", call_id, join_id, user.name)

    def name_legs(self, call_id: str, legs: Mapping[Role, str]) -> None:
        self.desk._note("legs", call_id, dict(legs))


@dataclass
class RecordingLines:
    """Takes no browser; remembers with the desk's acts which were announced."""

    desk: RecordingDesk

    async def open(self, new: NewLine, call_id: str) -> tuple[str, str]:
        self.desk._note("line", call_id, new.party, new.agent)
        return "l1", "v=0"

    async def hang_up(self, line_id: str) -> None:
        self.desk._note("line over", line_id)
