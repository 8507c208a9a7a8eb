"""The checklist of a threat against a place, for one call: filled from what is said, corrected by people."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from callguard.decide.policy_rows import Question
from callguard.decide.threat_facts import answer_to, asked_for, facts
from callguard.events import ChecklistFilled
from callguard.speech import Transcript
from callguard.terms import Role

EXACT_WORDS: Final = "exact_words"
REMEMBERED: Final = 12
"""Turns before the threat that may hold what was let out: who they are and where is mostly said first."""


class Checklist:
    """Deterministic: the same turns fill the same fields. Nothing is filled before `open` was called."""

    def __init__(self, call_id: str, questions: Sequence[Question]) -> None:
        self._call_id = call_id
        self.speak(questions)
        self._filled: dict[str, bool] = {}
        """Field, and whether a person has filled it: their word stands."""
        self._before: deque[Transcript] = deque(maxlen=REMEMBERED)
        self._asked = ""
        self._threats: set[tuple[Role, int]] = set()
        """Speech that is one, as far as is known."""
        self.is_open = False

    @property
    def next_question(self) -> Question | None:
        """The first question that nothing has answered; None when all are."""
        return next((question for question in self._questions if question.ask and question.field not in self._filled), None)

    def knows(self, field: str) -> bool:
        """Say whether there is such a field."""
        return field in self._fields

    def speak(self, questions: Sequence[Question]) -> None:
        """Ask in these words from here on."""
        self._questions = tuple(questions)
        self._fields = {question.field for question in questions}

    def hear(self, words: Transcript) -> Iterator[ChecklistFilled]:
        """Take the next final words of either party."""
        if not words.text.strip():
            return
        self._before.append(words)
        if self.is_open:
            yield from self._read(words)

    def open(self, words: str, speech: tuple[Role, int], *, start_sample: int, end_sample: int) -> Iterator[ChecklistFilled]:
        """Take a threat word for word; the first one opens the list and fills it from what was said before.

        `speech` is channel and segment.
        """
        self._threats.add(speech)
        if EXACT_WORDS in self._fields and words:
            yield self._fill(EXACT_WORDS, words, start_sample, end_sample)
        if self.is_open:
            return
        self.is_open = True
        for earlier in self._before:
            yield from self._read(earlier)

    def refute(self, speech: tuple[Role, int]) -> None:
        """Let speech be no threat after all; without any, nothing is filled until one opens the list again."""
        self._threats.discard(speech)
        self.is_open = self.is_open and bool(self._threats)

    def set(self, field: str) -> None:
        """Let a person's word stand from now on."""
        self._filled[field] = True

    def _read(self, words: Transcript) -> Iterator[ChecklistFilled]:
        if words.channel is Role.AGENT:
            self._asked = asked_for(words.text) or self._asked
            return
        asked, self._asked = self._asked, ""
        found = facts(words.text)
        if asked and asked not in found and (answer := answer_to(asked, words.text)):
            found[asked] = answer
        for field, value in found.items():
            if field in self._fields and field not in self._filled:
                yield self._fill(field, value, words.start_sample, words.end_sample)

    def _fill(self, field: str, value: str, start_sample: int, end_sample: int) -> ChecklistFilled:
        self._filled.setdefault(field, False)
        return ChecklistFilled(
            call_id=self._call_id, at_sample=end_sample, start_sample=start_sample, field=field, value=value, by=""
        )
