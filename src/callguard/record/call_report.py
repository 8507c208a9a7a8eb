"""A selection of calls as people read it on paper: pure, from stories to blocks."""

from collections.abc import Sequence
from datetime import datetime

from callguard.archive import CallStory, StoryAlert, StoryLine
from callguard.record.draft import clock_of
from callguard.record.incident_paper import moment
from callguard.record.paper import Block, Grid, Heading, Pairs, Space, Text, Title
from callguard.terms import Role

CAVEAT = (
    "Words stand as the speech engine heard them, or as a person corrected them; the sound is the evidence. Times such as "
    "04:12.3 are minutes and seconds of the call. What was said is labelled for callers only; nothing here rates an agent."
)


def report_blocks(stories: Sequence[CallStory], *, organisation: str, by: str, at: datetime, filters: str) -> list[Block]:
    """Return an overview of the calls, latest first, and each of them with its alerts and words."""
    counted = f"{len(stories)} call{'' if len(stories) == 1 else 's'}"
    blocks: list[Block] = [
        Title("Calls", f"{organisation} · {counted} · confidential"),
        Pairs([("Exported", f"{moment(at)} by {by}"), ("Search", filters)]),
    ]
    if not stories:
        return [*blocks, Text("No call fits the search.")]
    blocks += [Heading("Overview"), _overview(stories), Text(CAVEAT, is_quiet=True)]
    for number, story in enumerate(stories, 1):
        blocks += _call(number, story)
    return blocks


def _overview(stories: Sequence[CallStory]) -> Grid:
    return Grid(
        ("No.", "Began (UTC)", "Whose", "Length", "Worst said", "Alerts"),
        (0.07, 0.23, 0.26, 0.12, 0.2, 0.12),
        [
            (
                str(number),
                f"{story.started_at:%Y-%m-%d %H:%M:%S}",
                _whose(story),
                _length(story),
                _worst(story),
                str(sum(one.settled != "withdrawn" for one in story.alerts)),
            )
            for number, story in enumerate(stories, 1)
        ],
    )


def _call(number: int, story: CallStory) -> list[Block]:
    blocks: list[Block] = [
        Space(4),
        Heading(f"{number}. {moment(story.started_at)}"),
        Pairs(
            [
                ("Call", story.call_id),
                ("Whose", _whose(story)),
                ("Line", story.line),
                ("Length", _length(story)),
                ("Worst said", _worst(story)),
                ("Policy", ", ".join(story.policies)),
            ]
        ),
    ]
    if story.alerts:
        blocks += [Heading("Alerts"), _alerts(story.alerts)]
    if story.comments:
        blocks += [Heading("Comments"), Grid(("When", "Who", "Comment"), (0.25, 0.2, 0.55), [
            (f"{one.at:%Y-%m-%d %H:%M} UTC", one.by, one.text) for one in story.comments
        ])]  # fmt: skip
    return [*blocks, Heading("What was said"), _words(story.lines) if story.lines else Text("Nothing was written down.")]


def _alerts(alerts: Sequence[StoryAlert]) -> Grid:
    return Grid(
        ("Call", "About", "Because of", "What became of it"),
        (0.12, 0.2, 0.34, 0.34),
        [(clock_of(one.at_s), f"{_plain(one.category)} ({one.severity})", _quoted(one.because), _became(one)) for one in alerts],
    )


def _became(alert: StoryAlert) -> str:
    told = [f"{_plain(act.what)} by {act.by}" for act in alert.acts if act.what != "shown" and act.by]
    if alert.raised_again:
        told.append("raised again to the next tier")
    if alert.settled in ("provisional", "withdrawn"):
        told.append(alert.settled)
    if alert.help_s is not None:
        told.append(f"help after {alert.help_s:.0f} s")
    return "; ".join(dict.fromkeys(told)) or "nobody answered"


def _words(lines: Sequence[StoryLine]) -> Grid:
    return Grid(
        ("Call", "Who", "Words", "Labelled"), (0.12, 0.12, 0.54, 0.22), [
            (clock_of(line.start_s), line.channel.value, _said(line), _labels(line)) for line in lines
        ], bold=-1
    )  # fmt: skip


def _said(line: StoryLine) -> str:
    notes = [] if line.is_reliable else ["heard with doubt"]
    if line.corrected_by:
        notes.append(f"corrected by {line.corrected_by}")
    return f"{line.text} ({', '.join(notes)})" if notes else line.text


def _labels(line: StoryLine) -> str:
    if line.channel is not Role.CALLER or not line.labels:
        return ""
    return f"{', '.join(_plain(label.value) for label in line.labels)} ({line.severity})"


def _whose(story: CallStory) -> str:
    name = story.agent_name or story.agent or "unknown"
    return f"{name}, {story.team}" if story.team else name


def _length(story: CallStory) -> str:
    if story.ended_at is None:
        return "goes on"
    whole = round((story.ended_at - story.started_at).total_seconds())
    return f"{whole // 60:02}:{whole % 60:02}"


def _worst(story: CallStory) -> str:
    return f"{_plain(story.worst_state.value)} ({story.peak_severity} of 4)"


def _quoted(text: str) -> str:
    return f"«{text}»" if text else ""


def _plain(name: str) -> str:
    return name.replace("_", " ")
