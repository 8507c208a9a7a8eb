import gzip
import json
import random
from pathlib import Path
from typing import Any

from callguard.terms import Category
from training.rows import TARGETS, UNKNOWN, public_data, public_row


def row(text: str, **fields: Any) -> dict[str, Any]:
    return {
        "src": "edos", "split": "train", "text": text, "context": None, "labels": [], "known": [], "severity": None, "raw": None,
    } | fields  # fmt: skip


def test_what_a_source_did_not_judge_stays_unknown() -> None:
    targets = dict(zip(TARGETS, public_row(row("a line", labels=["hate"], known=["hate"])).targets, strict=True))

    assert targets["hate"] == 1
    assert targets[Category.THREAT_PERSONAL] == UNKNOWN
    assert targets["abuse_any"] == 1


def test_the_turn_before_was_said_by_the_other_side() -> None:
    read = public_row(row("no", src="convabuse", severity=0, context=["hi", "hello", "which city"]))

    assert read.context == ("caller: hello", "agent: which city")


def test_held_out_rows_are_never_learnt_from(tmp_path: Path) -> None:
    rows = [row(f"turn {number}", src="convabuse", severity=number % 2, context=["hello"]) for number in range(50)]
    rows += [row(f"request {number}", src="clinc150", split=("val", "train")[number % 2], severity=0) for number in range(50)]
    path = tmp_path / "utterances.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))

    data = public_data(path, random.Random(1))

    held_out = {one.text for one in (*data.convabuse, *data.service, *data.angry)}
    assert len(data.convabuse) == 10
    assert len(data.service) == 25
    assert held_out.isdisjoint(one.text for one in data.train)
