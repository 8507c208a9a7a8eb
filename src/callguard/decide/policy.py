"""The policy of an organisation: who is told what, when, and in which words. Content, versioned, checked on load."""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from callguard.decide.heard_warning import is_intent
from callguard.decide.policy_diff import compare
from callguard.decide.policy_part import Part
from callguard.decide.policy_people import Contact, FollowUp, Incident, Join, Lawful, Notify, Restriction, Retention, Tier, WrapUp
from callguard.decide.policy_rows import Card, Climb, Ladder, Pace, Question, Rung, Translation
from callguard.decide.toml_lines import line_of
from callguard.decide.wording import PLACEHOLDERS, SPOKEN_WORDS, fill, spoken_words, unknown_placeholders
from callguard.errors import PolicyError
from callguard.terms import RATE_HZ, SEVERITY, CallState, Category, StaffRole, Tactic

RESERVED = frozenset({Tactic.INTERJECT, Tactic.HANG_UP_FOLLOW_UP})
"""For mid and high level staff only (POLICY.md): no policy may give them to agents."""
MOST_FOR_THREATS = 0.8
"""No policy may wait for more certainty before it speaks of threats or self-harm: a person judges, not a number."""
SANCTIONS = frozenset({Tactic.WARN, Tactic.CONFRONT, Tactic.EXIT, Tactic.HANG_UP, Tactic.HANG_UP_FOLLOW_UP})
"""Never the answer to somebody who may hurt themselves (POLICY.md)."""


class Policy(Part):
    """A whole policy file."""

    schema_: Literal[1] = Field(alias="schema")
    """1: the form of the file."""
    name: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    """Small letters, digits and single hyphens."""
    version: int = Field(ge=1)
    """Raise it with every change: decisions store name and version."""
    summary: str = Field(min_length=1)
    """One sentence for whoever chooses among policies."""
    destination: str
    """Where a caller who was sent away will be served; Exit must have one."""
    crisis_line: str = Field(min_length=1)
    """What the agent can name to somebody who may hurt themselves."""
    tiers: tuple[Tier, ...] = Field(min_length=1, max_length=9)
    """Who is alerted, first people first."""
    thresholds: Mapping[Category, float] = Field(default_factory=dict)
    """From which probability on a category counts, if not left to the scorer: 0.01 to 0.99 (threats, self-harm: 0.8)."""
    climb: Climb = Climb()
    """When the call moves from row to row."""
    pace: Pace = Pace()
    """How often people are spoken to."""
    cards: Mapping[Tactic, Card]
    """All ten tactics."""
    ladder: Ladder
    """All rows of the ladder."""
    checklist: tuple[Question, ...] = Field(min_length=1)
    """What to find out when a place is threatened, first question first."""
    heard_warnings: tuple[str, ...] = ()
    """Words of an agent that amount to a warning: `a|b` is either word, `...` up to fourteen words."""
    translations: Mapping[str, Translation] = Field(default_factory=dict)
    """By BCP 47 tag: what is said and shown in calls of that language. What is not translated stays as it is."""
    notify: tuple[Notify, ...] = ()
    """Ways out of the consoles."""
    wrap_up: WrapUp = WrapUp()
    """Time for the agent after a call that was ended or marked."""
    follow_up: FollowUp = FollowUp()
    """The call back after an agent hung up."""
    incident: Incident = Incident()
    """Who signs incident records and reads their confidential part."""
    lawful: Lawful = Lawful()
    """Why calls are kept and examined."""
    restriction: Restriction = Restriction()
    """Who may restrict a caller, and how far."""
    contact: Contact = Contact()
    """How much contact is more than usual."""
    join: Join = Join()
    """What an agent is told about senior staff in their call."""
    retention: Retention = Retention()
    """How long things are kept."""

    @property
    def label(self) -> str:
        """Name and version, as decisions store them."""
        return f"{self.name} {self.version}"

    def said_in(self, language: str) -> "Policy":
        """Return the policy with the words of `language` (BCP 47), as far as it has them."""
        known = {tag.lower(): words for tag, words in self.translations.items()}
        words = known.get(language.lower()) or known.get(language.lower().partition("-")[0])
        return self if words is None else _translated(self, words)

    def rung_of(self, state: CallState) -> Rung:
        """Return the row of a state below threat and care."""
        rungs = {
            CallState.HEATED: self.ladder.heated,
            CallState.ABUSIVE: self.ladder.abusive,
            CallState.SEVERE: self.ladder.severe,
        }
        return rungs[state]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenCard:
    """A card as people see it."""

    tactic: Tactic
    text: str


def spoken_cards(policy: Policy, *, organisation: str, agent: str = "", name_and_title: str = "") -> tuple[SpokenCard, ...]:
    """Return all ten cards with the names filled in, in the order of the ladder."""
    return tuple(
        SpokenCard(
            tactic=tactic,
            text=fill(
                policy.cards[tactic].text,
                organisation=organisation,
                destination=policy.destination,
                agent=agent,
                name_and_title=name_and_title,
            ),
        )
        for tactic in Tactic
    )


def bundled_policies() -> dict[str, Path]:
    """Return the policies that come with callguard, by name."""
    folder = Path(str(files("callguard.decide") / "policies"))
    return {file.stem: file for file in sorted(folder.glob("*.toml"))}


def load_policy(name_or_path: str | Path) -> Policy:
    """Load a bundled policy by name, or a file by path. Raises PolicyError that names file, place and remedy."""
    path = _find(str(name_or_path))
    policy, problems = _read(path)
    if policy is None or problems:
        rest = f" (and {len(problems) - 1} more: `callguard policy check {path}`)" if len(problems) > 1 else ""
        raise PolicyError(problems[0] + rest)
    return policy


def read_policy(text: str, name: str) -> Policy:
    """Return the policy of a text; `name` is what messages call it. Raises PolicyError with its first problem."""
    policy, problems = _parse(text, name)
    if policy is None or problems:
        raise PolicyError(problems[0] + (f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""))
    return policy


def check_text(text: str, name: str) -> list[str]:
    """Return everything that is wrong with a text, one sentence each."""
    return _parse(text, name)[1]


def check_policy(path: Path) -> list[str]:
    """Return everything that is wrong with the file at `path`, one sentence each: file, line, place, remedy."""
    return _read(path)[1]


def diff_policies(before: Policy, after: Policy) -> list[str]:
    """Return what differs, one line each: place, old value, new value."""
    return [f"{change.place}: {change.was} → {change.now}" for change in compare(before, after)]


def samples_of(seconds: int) -> int:
    """Return a length of time as samples."""
    return seconds * RATE_HZ


def _find(name: str) -> Path:
    bundled = bundled_policies()
    if name in bundled:
        return bundled[name]
    path = Path(name).expanduser()
    if not path.is_file():
        raise PolicyError(
            f"policy «{name}» is neither bundled ({', '.join(bundled)}) nor a file; name one of these or a TOML file"
        )
    return path


def _read(path: Path) -> tuple[Policy | None, list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return None, [f"policy {path} cannot be read ({type(error).__name__}); name an existing UTF-8 file"]
    return _parse(text, f"policy {path}")


def _parse(text: str, name: str) -> tuple[Policy | None, list[str]]:
    try:
        policy = Policy.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        return None, [f"{name} is no TOML: {error}; mend that line"]
    except ValidationError as error:
        return None, [_say(name, text, problem["loc"], _remedy(problem)) for problem in error.errors()]
    return policy, [_say(name, text, place, problem) for place, problem in _cross_check(policy)]


def _cross_check(policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    if not policy.destination:
        yield ("destination",), "there is no destination for Exit; say where a caller who is sent away will be served"
    for tactic in Tactic:
        if tactic not in policy.cards:
            yield ("cards", tactic), f"the card «{tactic}» is missing; all ten tactics need words"
    for tactic, card in policy.cards.items():
        yield from _check_words(("cards", tactic, "text"), card.text)
        if tactic in RESERVED and StaffRole.AGENT in card.roles:
            yield ("cards", tactic, "roles"), f"«{tactic}» is for mid and high level staff only; take «agent» out"
    for name, rung in policy.ladder:
        yield from _check_rung(name, rung, policy)
    for number, question in enumerate(policy.checklist):
        yield from _check_words(("checklist",), question.ask)
        if question.field in {other.field for other in policy.checklist[:number]}:
            yield ("checklist",), f"two questions have the field «{question.field}»; one would never be asked"
    for intent in policy.heard_warnings:
        if not is_intent(intent):
            yield (
                ("heard_warnings",),
                f"«{intent}» would be heard in whatever an agent says; write words: «a|b» is either, «...» a gap",
            )
    yield from _check_places(("lawful", "justification"), policy.lawful.justification, ("organisation",))
    yield from _check_places(("destination",), policy.destination, ())
    yield from _check_places(("crisis_line",), policy.crisis_line, ())
    yield from _check_people(policy)
    if not any(question.ask for question in policy.checklist):
        yield ("checklist",), "no question can be asked; give at least one «ask»"


def _check_rung(name: str, rung: Rung, policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    place = ("ladder", name)
    if (
        name in ("severe", "threat_personal", "threat_general", "care", "help", "panic", "transfer", "follow_up")
        and not rung.alert
    ):
        yield (*place, "alert"), "senior staff would not be told; write the alert's sentence"
    if name in ("threat_personal", "threat_general", "panic") and not rung.is_urgent:
        yield (*place, "is_urgent"), "a threat is always urgent; set it to true"
    if name in ("heated", "abusive", "severe") and not rung.cards:
        yield (*place, "cards"), "the agent would get no card; name at least one"
    if name in ("threat_personal", "threat_general", "care") and not rung.instruction:
        yield (*place, "instruction"), "the agent would be told nothing; write the instruction"
    if name == "care" and SANCTIONS & set(rung.cards):
        yield (*place, "cards"), "a caller who may hurt themselves is never sanctioned; take warn, confront, exit and hang_up out"
    for tactic in rung.cards:
        if tactic in policy.cards and StaffRole.AGENT not in policy.cards[tactic].roles:
            yield (*place, "cards"), f"agents may not use «{tactic}»; take it out or change its roles"
    if name in ("threat_personal", "threat_general", "care", "panic") and not rung.acknowledge_within_s:
        yield (*place, "acknowledge_within_s"), "nobody else would come where the first people do not answer; use 1 or more"
    yield from _check_words((*place, "instruction"), rung.instruction)
    yield from _check_places((*place, "alert"), rung.alert)


def _check_people(policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    for language, words in policy.translations.items():
        yield from _check_translation(language, words, policy)
    for category, threshold in policy.thresholds.items():
        most = MOST_FOR_THREATS if SEVERITY[category] == max(SEVERITY.values()) or category is Category.SELF_HARM else 0.99
        if not 0 < threshold <= most:
            yield (
                ("thresholds", category),
                f"{threshold} would be {'said of all' if threshold <= 0 else 'missed'}; use 0.01 to {most}",
            )
    if policy.restriction.review_after_days > policy.restriction.longest_days:
        yield ("restriction", "review_after_days"), "is after the restriction's end; set it no later than longest_days"
    for tactic in RESERVED & set(policy.cards):
        if StaffRole.SENIOR not in policy.cards[tactic].roles:
            yield ("cards", tactic, "roles"), f"nobody could use «{tactic}»; name «senior»"
        if {StaffRole.ADMIN, StaffRole.QA} & policy.cards[tactic].roles:
            yield ("cards", tactic, "roles"), f"«{tactic}» takes part in calls; take «admin» and «qa» out"
    for tier in (notify.tier for notify in policy.notify):
        if tier > len(policy.tiers):
            yield ("notify", "tier"), f"there is no tier {tier}; use 1 to {len(policy.tiers)}"


def _check_translation(language: str, words: Translation, policy: Policy) -> Iterator[tuple[tuple[str, ...], str]]:
    place = ("translations", language)
    yield from _check_places((*place, "destination"), words.destination, ())
    yield from _check_places((*place, "crisis_line"), words.crisis_line, ())
    for tactic, text in words.cards.items():
        yield from _check_words((*place, "cards", tactic), text)
    for row, text in words.instructions.items():
        yield from _check_words((*place, "instructions", row), text)
    fields = {question.field for question in policy.checklist}
    for field, ask in words.checklist.items():
        if field not in fields:
            yield (*place, "checklist", field), f"the checklist has no field «{field}»; use one of {', '.join(sorted(fields))}"
        yield from _check_words((*place, "checklist", field), ask)


def _translated(policy: Policy, words: Translation) -> Policy:
    cards = {
        tactic: card.model_copy(update={"text": words.cards.get(tactic, card.text)}) for tactic, card in policy.cards.items()
    }
    rungs: dict[str, Rung] = {
        row: getattr(policy.ladder, row).model_copy(update={"instruction": text}) for row, text in words.instructions.items()
    }
    checklist = tuple(
        question.model_copy(update={"ask": words.checklist.get(question.field, question.ask)}) for question in policy.checklist
    )
    return policy.model_copy(
        update={
            "cards": cards,
            "ladder": policy.ladder.model_copy(update=rungs),
            "checklist": checklist,
            "destination": words.destination or policy.destination,
            "crisis_line": words.crisis_line or policy.crisis_line,
        }
    )


def _check_places(
    place: tuple[str, ...], text: str, known: Sequence[str] = PLACEHOLDERS
) -> Iterator[tuple[tuple[str, ...], str]]:
    names = " or ".join([", ".join(known[:-1]), *known[-1:]]).removeprefix(" or ")
    remedy = f"use {names}" if known else "write it out: nothing is filled in here"
    for name in unknown_placeholders(text, known=known):
        yield place, f"placeholder «{{{name}}}» is unknown; {remedy}"


def _check_words(place: tuple[str, ...], text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    yield from _check_places(place, text)
    if spoken_words(text) > SPOKEN_WORDS:
        yield place, f"{spoken_words(text)} spoken words; say it in {SPOKEN_WORDS}"


def _remedy(problem: Any) -> str:
    if problem["type"] == "extra_forbidden":
        return "unknown key; remove it or correct its spelling"
    if problem["type"] == "missing":
        return "is missing; add it"
    return f"{problem['msg']}; correct it"


def _say(name: str, text: str, place: tuple[str | int, ...], problem: str) -> str:
    line = line_of(text, place)
    where = f"{name}, line {line}" if line else name
    return f"{where}: «{'.'.join(str(part) for part in place if part != '[key]')}» {problem}"
