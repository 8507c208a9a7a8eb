"""An incident record as people read it on paper: pure, from the record to blocks."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from callguard.cases import AftercareRules
from callguard.incidents import AlertLife, ChecklistAnswer, IncidentEntry, IncidentStatus, IncidentView, Utterance
from callguard.record.draft import clock_of
from callguard.record.paper import Block, Grid, Heading, Pairs, Space, Text, Title

CAVEAT = (
    "Words stand as the speech engine heard them; the sound is the evidence. Times such as 04:12.3 are minutes and seconds of "
    "the recording. «Heard» says how sure the engine was of its words, not what was meant."
)


def incident_blocks(view: IncidentView, rules: AftercareRules) -> list[Block]:
    """Return the whole record."""
    facts = view.content.facts
    blocks: list[Block] = [
        Title("Incident record", f"{rules.organisation} · {view.summary.incident_id} · {_standing(view)} · confidential"),
        Pairs(_particulars(view)),
        Heading("Exact words"),
        _words(facts.words)
        if facts.words
        else Text("No words were labelled. The record was made because a person asked for it."),
        Text(CAVEAT, is_quiet=True),
    ]
    blocks += _checklist(view)
    blocks += _table("What the agent and senior staff did", ("Recording", "Who", "What"), (0.14, 0.18, 0.68), [
        (clock_of(act.at_s), act.by, act.what) for act in facts.acts
    ])  # fmt: skip
    blocks += _table("Warnings given", ("Recording", "Who", "What"), (0.14, 0.18, 0.68), [
        (clock_of(act.at_s), act.by, act.what) for act in facts.warnings
    ])  # fmt: skip
    blocks += [Heading("Who was alerted"), _alerts(facts.alerts) if facts.alerts else Text("No alert was raised.")]
    blocks += _statement(view)
    if facts.excerpt:
        blocks += [Heading("From the conversation"), _excerpt(facts.excerpt)]
    if facts.gaps:
        blocks += [Heading("Where the call was not heard well"), Text("\n\n".join(facts.gaps))]
    blocks += _signature(view)
    return [*blocks, Heading("Versions of this record"), _history(view.history), Text(_trace(view, rules), is_quiet=True)]


def moment(at: datetime | None) -> str:
    """Return a time with its zone."""
    return at.strftime("%d %B %Y, %H:%M:%S UTC").lstrip("0") if at else ""


def _particulars(view: IncidentView) -> list[tuple[str, str]]:
    facts, statement = view.content.facts, view.content.statement
    by_role = {role: ", ".join(p.name for p in facts.people if p.role == role and p.name) for role in ("agent", "senior")}
    caller = f"{facts.caller[:15]}… (keyed hash)" if facts.caller else "number withheld or unknown"
    care = "A duty of care: the caller may hurt themselves. Not an offence." if facts.about_care else ""
    return [
        ("Date and time", f"{moment(facts.began_at)}{f' to {facts.ended_at:%H:%M:%S} UTC' if facts.ended_at else ''}"),
        ("Line", facts.line),
        ("Place", statement.place),
        ("Agent", by_role["agent"]),
        ("Others of the staff", by_role["senior"]),
        ("Caller", caller),
        ("Category", ", ".join(name.replace("_", " ") for name in facts.categories)),
        ("Severity", f"{facts.severity} of 4" + (f". {care}" if care else "")),
        ("How it ended", facts.how_it_ended),
        ("Call", facts.call_id),
    ]


def _words(words: Iterable[Utterance]) -> Grid:
    return Grid(
        ("Recording", "Exact words", "Category", "Heard"),
        (0.16, 0.5, 0.19, 0.15),
        [
            (
                f"{clock_of(word.start_s)} to {clock_of(word.end_s)}",
                f"«{word.text}»",
                f"{', '.join(label.replace('_', ' ') for label in word.labels)} ({word.severity})",
                _heard(word),
            )
            for word in words
        ],
        bold=1,
    )


def _heard(word: Utterance) -> str:
    sure = "" if word.confidence is None else f"{word.confidence:.0%}"
    return sure if word.is_reliable else f"{sure} doubtful".strip()


def _checklist(view: IncidentView) -> list[Block]:
    by_field = {answer.field: answer for answer in view.content.facts.checklist}
    by_field |= {answer.field: answer for answer in view.content.statement.checklist}
    if not by_field:
        return []
    rows = [(_asked(answer), answer.answer or "not known", _source(answer)) for answer in by_field.values()]
    return [
        Heading("Checklist for a threat against a place"),
        Grid(("Question", "Answer", "From"), (0.3, 0.5, 0.2), rows, bold=1),
    ]


def _asked(answer: ChecklistAnswer) -> str:
    return answer.question or answer.field.replace("_", " ").capitalize()


def _source(answer: ChecklistAnswer) -> str:
    if not answer.answer:
        return ""
    place = "" if answer.at_s is None else f", {clock_of(answer.at_s)}"
    return f"{'the caller’s words' if answer.by in ('', 'heard') else answer.by}{place}"


def _alerts(alerts: Sequence[AlertLife]) -> Grid:
    rows = []
    for alert in alerts:
        told = [f"{answer.by} saw it at {clock_of(answer.at_s)}" for answer in alert.seen]
        told += [f"{answer.by}: {answer.what.replace('_', ' ')} at {clock_of(answer.at_s)}" for answer in alert.answers]
        what = f"{alert.category.replace('_', ' ')} ({alert.severity}), tier {alert.tier}"
        what += ", urgent" if alert.is_urgent else ""
        state = f"\n{alert.settled}" if alert.settled else ""
        rows.append((clock_of(alert.at_s), f"{what}{state}", alert.told, "\n".join(told) or "Nobody answered it."))
    return Grid(("Recording", "Alert", "What senior staff read", "Who saw it, and what they did"), (0.12, 0.22, 0.31, 0.35), rows)


def _statement(view: IncidentView) -> list[Block]:
    statement = view.content.statement
    if statement == type(statement)() and not view.content.comments:
        return [Heading("What people wrote"), Text("Nobody has completed this record yet.")]
    decision = statement.decision + (f" (decided by {statement.decided_by})" if statement.decided_by else "")
    rows = [
        ("What happened", statement.account),
        ("Corrections", statement.corrections),
        ("Follow-up", statement.follow_up),
        ("Support", _support(view.history)),
        ("Decision", decision),
    ]
    comments = [(f"Comment by {comment.by}", f"{comment.text}\n{moment(comment.at)}") for comment in view.content.comments]
    return [Heading("What people wrote"), Pairs([*rows, *comments])]


def _support(history: Iterable[IncidentEntry]) -> str:
    offered = [f"offered by {entry.by}, {moment(entry.at)}" for entry in history if entry.act == "support_offered"]
    return f"{'; '.join(offered)}. What was offered is confidential." if offered else "not offered yet"


def _excerpt(lines: Iterable[Utterance]) -> Grid:
    rows = [(clock_of(line.start_s), line.speaker, line.text + ("" if line.is_reliable else " [doubtful]")) for line in lines]
    return Grid(("Recording", "Speaker", "Words"), (0.12, 0.13, 0.75), rows)


def _history(history: Iterable[IncidentEntry]) -> Grid:
    rows = []
    for entry in history:
        act = entry.act.replace("_", " ") + (f": {entry.reason}" if entry.reason else "")
        rows.append((str(entry.version), moment(entry.at), entry.by, act, f"{entry.hash[:12]}…"))
    return Grid(("No.", "When", "Who", "What", "SHA-256"), (0.06, 0.26, 0.14, 0.34, 0.2), rows)


def _trace(view: IncidentView, rules: AftercareRules) -> str:
    facts = view.content.facts
    newest = view.history[-1]
    return (
        f"Policy {facts.policy or rules.policy}; scorer {facts.scorer or 'none'}; drafted by callguard from stored events, "
        f"completed and signed by people. Hash of version {newest.version}: {newest.hash}"
    )


def _standing(view: IncidentView) -> str:
    newest = view.history[-1]
    return f"version {newest.version}, {view.summary.status.value}"


def _signature(view: IncidentView) -> list[Block]:
    """Return who signed, and a line for whoever still has to: what was amended after a signature wants one of its own."""
    signed = [entry for entry in view.history if entry.act == "signed"]
    blocks: list[Block] = [Heading("Signed" if signed else "To be signed")]
    blocks += [Text(f"{entry.by}, {moment(entry.at)} (version {entry.version})") for entry in signed]
    if view.summary.status is IncidentStatus.SIGNED:
        return blocks
    if signed:
        blocks.append(Text(f"Version {view.history[-1].version} was written after that and is not signed yet."))
    return [*blocks, Space(6), Text("Signature: ______________________________        Date: ____________________")]


def _table(heading: str, head: Sequence[str], widths: Sequence[float], rows: Sequence[tuple[str, str, str]]) -> list[Block]:
    return [Heading(heading), Grid(head, widths, rows) if rows else Text("None.")]
