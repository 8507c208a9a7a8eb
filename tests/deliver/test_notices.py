"""Notices to people: complete in every language, and never more than a stranger may read."""

from string import Formatter
from typing import get_args

import pytest

from callguard.deliver.notice_words import ENGLISH, LANGUAGES
from callguard.deliver.notices import Notice, alert_notice, fact_notice, read_notice
from callguard.notify_settings import NoticeLanguage
from callguard.record.task_desk import NOTICE
from callguard.sendings import Kind

ALERT = {"urgent": False, "tier": 1}
DUE = {"follow_up_id": "f_1", "incident_id": "i_1", "due_at": "2026-11-21T14:05:00+00:00"}


def places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def notices(language: str) -> list[Notice]:
    """Return one of every sort."""
    states = [{"agent": "sam", "state": state, "offered_s": 600} for state in ("wrap_up", "ready")]
    escalated = {"urgent": True, "tier": 3}
    return [
        alert_notice(ALERT, Kind.ALERT_RAISED, board="https://guard.example", is_watched=True, language=language),
        alert_notice(escalated, Kind.ALERT_ESCALATED, board="", is_watched=False, language=language),
        *(fact_notice(Kind.AGENT_STATE, state, board="", language=language) for state in states),
        fact_notice(Kind.TEAM_NOTICE, {"team": "blue", "text": NOTICE}, board="", language=language),
        fact_notice(Kind.FOLLOW_UP_DUE, DUE, board="", language=language),
    ]


def test_the_settings_offer_every_language_that_there_is() -> None:
    assert set(get_args(NoticeLanguage)) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_sentence_with_the_same_places(language: str) -> None:
    words = LANGUAGES[language]
    assert set(words) == set(ENGLISH)
    assert {key: places(words[key]) for key in words} == {key: places(ENGLISH[key]) for key in ENGLISH}
    assert all(words.values())


def test_no_sentence_was_left_in_english() -> None:
    same = {key for key in ENGLISH for words in LANGUAGES.values() if words is not ENGLISH and words[key] == ENGLISH[key]}
    assert same == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_used(language: str) -> None:
    said = " ".join(f"{notice.title} {notice.body}" for notice in notices(language))
    fixed = {key: max((part for part, *_ in Formatter().parse(text)), key=len) for key, text in LANGUAGES[language].items()}
    assert {key for key, part in fixed.items() if key != "time" and part not in said} == set()


def test_german_people_are_told_in_german() -> None:
    alert, escalated, away, ready, team, due = notices("de")
    assert alert == Notice(
        title="callguard: Alarm",
        body="In einem Gespräch wird Hilfe gebraucht. Bitte die Konsole öffnen: https://guard.example",
    )
    assert escalated.body == (
        "In einem Gespräch wird Hilfe gebraucht. Niemand hat den Alarm bestätigt; er ist jetzt bei Stufe 3. "
        "Von der Leitung hat niemand die Konsole offen. Bitte die Konsole öffnen."
    )
    assert (away.body.partition(" ")[0], ready.body) == ("sam", "sam ist wieder bereit für Anrufe.")
    assert "sam" not in team.body
    assert due.body == "Ein Rückruf ist fällig bis 21.11.2026, 14:05 UTC. Bitte die Konsole öffnen."


def test_the_teams_notice_says_what_the_consoles_say() -> None:
    assert fact_notice(Kind.TEAM_NOTICE, {"team": "blue", "text": NOTICE}, board="").body == NOTICE


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_comes_back_as_it_was_kept(language: str) -> None:
    assert [read_notice(notice.text()) for notice in notices(language)] == notices(language)
