"""Training rows: our own sentences and public ones, each with what is known about it."""

import gzip
import json
import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callguard.terms import Category
from training.corpus import Sentence

TARGETS = (*(category.value for category in Category), "abuse_any")
UNKNOWN = -1.0
BENIGN_SOURCES = ("banking77", "nlupp", "clinc150", "multidogo", "cucom", "taskmaster4")
CAPS = {
    "davidson": 4000, "edos": 7000, "online-misogyny": 1500, "bias-templates": 3000, "surge-toxicity": 779, "diasafety": 1375,
    "convabuse": 1632, "banking77": 3500, "nlupp": 2000, "clinc150": 5000, "multidogo": 6000, "cucom": 7500, "taskmaster4": 1000,
}  # fmt: skip
"""Rows taken of each source, within the caps of its README (davidson 4,000, benign 25,000).
family-conflict is left out: small, and its labels do not hold."""
PUBLIC = frozenset(CAPS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One utterance to learn from."""

    text: str
    context: tuple[str, ...]
    targets: tuple[float, ...]
    """1, 0 or UNKNOWN for each of TARGETS."""
    severity: int
    """0 to 4, or -1 where it is not known."""
    source: str
    twin: str | None
    """Key that twins share."""
    place: int = -1
    """Where it stands among our own sentences of a run."""


def own_rows(sentences: Sequence[Sentence]) -> list[Row]:
    """Return our sentences, of which everything is known."""
    return [
        Row(
            text=sentence.text,
            context=sentence.context,
            targets=(*(float(name in sentence.labels) for name in TARGETS[:-1]), float(sentence.severity > 0)),
            severity=sentence.severity,
            source="own",
            twin=min(sentence.id, sentence.twin) if sentence.twin else None,
        )
        for sentence in sentences
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicData:
    """Public rows by what they are for; nothing of the held-out ones is learnt from."""

    train: tuple[Row, ...]
    convabuse: tuple[Row, ...]
    """Held-out turns to chat agents, abusive or not."""
    service: tuple[Row, ...]
    """Held-out benign requests."""
    angry: tuple[Row, ...]
    """Held-out turns of frustrated customers: angry but legitimate."""


def public_data(path: Path, rng: random.Random) -> PublicData:
    """Read the public rows and part those to learn from and those to judge on."""
    by_source: dict[str, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for line in file:
            row = json.loads(line)
            by_source["service" if _is_held_out_service(row) else row["src"]].append(row)
    service = by_source.pop("service")
    convabuse, angry = _every_fifth(by_source["convabuse"]), _every_fifth(by_source["cucom"])
    held_out = {id(row) for row in (*convabuse, *angry)}
    rows: list[Row] = []
    for source, cap in CAPS.items():
        rows += map(public_row, _weighed([row for row in by_source[source] if id(row) not in held_out], cap, rng))
    return PublicData(
        train=tuple(rows),
        convabuse=tuple(row for row in map(public_row, convabuse) if row.targets[-1] != UNKNOWN),
        service=tuple(map(public_row, service)),
        angry=tuple(map(public_row, angry)),
    )


def _is_held_out_service(row: dict[str, Any]) -> bool:
    return row["src"] in {"clinc150", "multidogo"} and row["split"] in {"val", "dev"}


def _every_fifth(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every fifth row, in an order that does not hang on the file's."""
    return sorted(rows, key=lambda row: (row["text"], row["context"] or []))[::5]


def public_row(row: dict[str, Any]) -> Row:
    """Return a public row as a Row, unknown where its source did not judge."""
    labels, known = set(row["labels"]), set(row["known"])
    is_abusive = bool(labels - {"self_harm"}) or (row["severity"] or 0) > 0
    # A source that found abuse, or that judged the whole utterance harmless, says whether there is any.
    is_settled = is_abusive or row["severity"] == 0
    known |= labels
    targets = [float(name in labels) if name in known else UNKNOWN for name in TARGETS[:-1]]
    if row["src"] in BENIGN_SOURCES and not labels:
        targets = [
            0.0 if target == UNKNOWN and name == "self_harm" else target for name, target in zip(TARGETS, targets, strict=False)
        ]
    return Row(
        text=" ".join(row["text"].split()[:40]),
        context=_turns(row["context"] or ()),
        targets=(*targets, float(is_abusive) if is_settled else UNKNOWN),
        # Sources that grade abuse use scales of their own; only «none» means the same everywhere.
        severity=0 if row["severity"] == 0 and not is_abusive else -1,
        source=row["src"],
        twin=None,
    )


def _turns(turns: Sequence[str]) -> tuple[str, ...]:
    """Return the last two turns with their speakers: what came just before was said by the other side."""
    last = [" ".join(turn.split()[:20]) for turn in turns[-2:]]
    speakers = ("caller", "agent")[2 - len(last) :]
    return tuple(f"{who}: {turn}" for who, turn in zip(speakers, last, strict=True))


def _weighed(rows: Sequence[dict[str, Any]], cap: int, rng: random.Random) -> list[dict[str, Any]]:
    """Return at most `cap` rows, those with a label first up to two thirds."""
    positive = [row for row in rows if row["labels"]]
    negative = [row for row in rows if not row["labels"]]
    rng.shuffle(positive)
    rng.shuffle(negative)
    taken = positive[: max(cap * 2 // 3, cap - len(negative))]
    return taken + negative[: cap - len(taken)]
