from pathlib import Path

import pytest

from callguard.cli.score_command import Utterance, parse
from callguard.errors import InputError
from callguard.terms import Category
from tests.cli.conftest import Callguard


def test_lines_of_text_are_numbered_and_scored(callguard: Callguard, tmp_path: Path) -> None:
    file = tmp_path / "lines.txt"
    file.write_text("i will kill you\n\nmy order is late\n")
    rows = callguard("score", file).rows
    assert [(row["id"], row["severity"]) for row in rows] == [(1, 4), (3, 0)]


def test_a_row_holds_what_scripts_rely_on(callguard: Callguard, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"id": "a7", "text": "you stupid cow", "context": ["agent: hello"]}\n')
    (row,) = callguard("score", "--json", file).rows
    assert set(row) == {"id", "text", "scores", "severity", "labels", "spans"}
    assert (row["id"], row["labels"]) == ("a7", ["insult"])
    scores, spans = row["scores"], row["spans"]
    assert isinstance(scores, dict)
    assert set(scores) == {category.value for category in Category}
    assert isinstance(spans, list)
    assert all(set(span) == {"start", "end", "category"} for span in spans)


def test_a_missing_file_is_a_wrong_argument(callguard: Callguard) -> None:
    result = callguard("score", "nowhere.txt")
    assert (result.code, "nowhere.txt does not exist" in result.err) == (2, True)


def test_json_that_carries_no_text_is_named_by_line(callguard: Callguard, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "hello"}\n{"words": "hello"}\n')
    result = callguard("score", file)
    assert (result.code, "line 2" in result.err) == (1, True)


@pytest.mark.parametrize("line", ['{"text": 3}', '{"text": "x", "context": "y"}', '{"text": "x", "context": [1]}', "{broken"])
def test_broken_lines_are_refused(line: str) -> None:
    with pytest.raises(InputError, match="line 7"):
        parse(line, 7)


def test_context_and_id_may_be_left_out() -> None:
    assert parse('{"text": "x"}', 7) == Utterance(identity=7, text="x", context=())


def test_thresholds_are_printed_with_the_scorer_that_has_them(callguard: Callguard) -> None:
    (row,) = callguard("score", "--thresholds").rows

    assert set(row) == {"scorer", "thresholds"}
    assert isinstance(row["thresholds"], dict)
    assert set(row["thresholds"]) == {category.value for category in Category}
