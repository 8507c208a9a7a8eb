from dataclasses import replace
from typing import Any

from callguard.archive import CallStory, Correction
from callguard.human_acts import AlertAnswer
from callguard.record.call_report import report_blocks
from callguard.record.paper import Block, Grid, Text, render
from callguard.terms import Category, Role
from tests.fakes import alert, call_started, transcript
from tests.record.journals import BEGAN, call_ended
from tests.record.test_search import answered, labelled
from tests.record.test_story import told


def report(*stories: CallStory) -> list[Block]:
    return report_blocks(stories, organisation="Advice Line", by="Quentin", at=BEGAN, filters="team=blue")


def grid(blocks: list[Block], last_head: str) -> list[list[str]]:
    (found,) = (block for block in blocks if isinstance(block, Grid) and block.head[-1] == last_head)
    return [list(row) for row in found.rows]


def call(**more: Any) -> CallStory:
    return told(
        call_started(),
        replace(transcript("you stupid cowl"), is_reliable=False, unreliable_because="low_confidence"),
        replace(labelled("you stupid cowl", Category.INSULT), severity=2),
        alert("c1:1"),
        answered("c1:1", AlertAnswer.CLAIMED),
        transcript("I can't go on", channel=Role.AGENT, end_s=9),
        call_ended(),
        **more,
    )


def test_a_report_has_an_overview_and_each_calls_alerts_and_words() -> None:
    fixed = Correction(
        call_id="c1", channel=Role.CALLER, segment=0, by="ana", at=BEGAN, heard="you stupid cowl", text="you stupid cow"
    )
    blocks = report(call(corrections=[fixed]))
    assert [row[:1] + row[2:3] for row in grid(blocks, "Alerts")] == [["1", "Sam, blue"]]
    words = grid(blocks, "Labelled")
    assert [row[1:] for row in words] == [
        ["caller", "you stupid cow (heard with doubt, corrected by ana)", "insult (2)"],
        ["agent", "I can't go on", ""],
    ]
    ((_, _, _, became),) = grid(blocks, "What became of it")
    assert became.startswith("claimed by ana")


def test_an_empty_selection_says_so() -> None:
    assert Text("No call fits the search.") in report()


def test_a_report_of_several_calls_is_set() -> None:
    paper = render(report(call(), call()), title="Calls", author="Advice Line", footer="confidential")
    assert paper.startswith(b"%PDF-")
