import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from threading import Event as Gate

import numpy as np
import pytest

from callguard.app.spoken_prompts import SOURCE, SpokenPrompts, at_our_rate
from callguard.errors import EngineError
from callguard.events import Decision
from callguard.terms import RATE_HZ, Audience, DecisionKind, Role, Samples
from tests.fakes import alert


@dataclass
class Ear:
    """A call that can be played to."""

    sides: frozenset[Role] = frozenset({Role.AGENT, Role.CALLER})
    heard: list[tuple[Role, int, str]] = field(default_factory=list)
    cleared: int = 0

    def play(self, side: Role, samples: Samples, *, source: str) -> None:
        self.heard.append((side, len(samples), source))

    def clear(self, side: Role, *, source: str) -> None:
        self.cleared += 1


@dataclass
class Voice:
    """Says a second of sound for every sentence."""

    said: list[tuple[str, str]] = field(default_factory=list)
    error: EngineError | None = None
    gate: Gate = field(default_factory=Gate)
    name: str = "plain"

    def say(self, text: str, language: str, /) -> tuple[Samples, int]:
        self.said.append((text, language))
        if self.error is not None:
            raise self.error
        self.gate.wait()
        return np.ones(22_050, np.float32), 22_050


def prompt(text: str = "Can we both keep to that?", number: int = 1) -> Decision:
    return replace(alert(f"c1:{number}"), audience=Audience.AGENT, kind=DecisionKind.PROMPT, text=text, is_urgent=False)


@asynccontextmanager
async def speaking(voice: Voice, ear: Ear | None, *, language: str = "de") -> AsyncIterator[SpokenPrompts]:
    with ThreadPoolExecutor(1) as clerk:
        async with asyncio.TaskGroup() as tasks:
            yield SpokenPrompts(voice, lambda _: ear, lambda _: language, clerk, tasks.create_task)
            voice.gate.set()


async def test_a_prompt_is_said_into_the_agents_ear_and_nobody_elses() -> None:
    voice, ear = Voice(), Ear()
    async with speaking(voice, ear) as prompts:
        prompts.see(prompt())

    assert voice.said == [("Can we both keep to that?", "de")]
    [(side, samples, source)] = ear.heard
    assert (side, source) == (Role.AGENT, SOURCE)
    assert samples == pytest.approx(RATE_HZ, abs=2)


async def test_a_prompt_is_said_in_english_until_it_is_known_what_is_spoken() -> None:
    voice = Voice()
    async with speaking(voice, Ear(), language="auto") as prompts:
        prompts.see(prompt())

    assert voice.said == [("Can we both keep to that?", "en")]


async def test_only_the_newest_of_two_prompts_is_heard() -> None:
    voice, ear = Voice(), Ear()
    async with speaking(voice, ear) as prompts:
        prompts.see(prompt("first"))
        prompts.see(prompt("second", 2))

    assert voice.said[-1] == ("second", "de")
    assert len(ear.heard) == 1


@pytest.mark.parametrize(
    "event",
    [
        alert("c1:1"),
        replace(prompt(), is_provisional=True),
    ],
    ids=["an alert", "what may be withdrawn"],
)
async def test_what_is_not_for_the_agent_or_not_certain_is_not_said(event: Decision) -> None:
    voice, ear = Voice(), Ear()
    async with speaking(voice, ear) as prompts:
        prompts.see(event)

    assert voice.said == []


async def test_an_instruction_on_a_threat_is_said_at_once() -> None:
    voice, ear = Voice(), Ear()
    async with speaking(voice, ear) as prompts:
        prompts.see(replace(prompt("Do not hang up."), is_provisional=True, is_urgent=True))

    assert voice.said == [("Do not hang up.", "de")]


@pytest.mark.parametrize("ear", [None, Ear(sides=frozenset({Role.CALLER})), Ear(sides=frozenset())], ids=repr)
async def test_where_the_agent_cannot_be_reached_alone_nothing_is_said(ear: Ear | None) -> None:
    voice = Voice()
    async with speaking(voice, ear) as prompts:
        prompts.see(prompt())

    assert voice.said == []


async def test_a_speaker_that_fails_harms_nothing() -> None:
    voice, ear = Voice(error=EngineError("no sound card")), Ear()
    async with speaking(voice, ear) as prompts:
        prompts.see(prompt())

    assert ear.heard == []


def test_sound_of_any_speaker_comes_at_the_rate_of_calls() -> None:
    assert len(at_our_rate(np.zeros(8000, np.float32), 8000)) == pytest.approx(RATE_HZ, abs=2)
