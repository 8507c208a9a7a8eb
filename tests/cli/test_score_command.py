from pathlib import Path

import orjson
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


@pytest.mark.parametrize(
    "line",
    [
        '{"text": 3}',
        '{"text": "x", "context": "y"}',
        '{"text": "x", "context": [1]}',
        '{"text": "x", "language": 1}',
        '{"text": "x", "language": "English"}',
        "{broken",
    ],
)
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


def test_a_language_without_a_model_is_marked_and_never_calm(callguard: Callguard, tmp_path: Path) -> None:
    file, letter = tmp_path / "lines.jsonl", tmp_path / "letter.txt"
    file.write_text('{"text": "ich bringe dich um", "language": "de"}\n{"text": "good morning"}\n')
    letter.write_text("Ich bringe dich um, wenn das Geld nicht kommt.")

    assert [row.get("keywords_only") for row in callguard("score", file).rows] == [True, None]
    assert [row.get("keywords_only") for row in callguard("score", "--language", "de", file).rows] == [True, True]
    assert callguard("score", "--letter", "--language", "de", letter).rows[0]["keywords_only"] is True


@pytest.mark.parametrize("language", ["English", "!!"])
def test_a_language_that_is_none_is_a_wrong_argument_and_no_calm_score(
    callguard: Callguard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("I will kill you.")

    refused = callguard("score", "--language", language, letter)
    assert (refused.code, refused.rows, "--language" in refused.err) == (2, [], True)
    monkeypatch.setenv("CALLGUARD_TAPS__LANGUAGE", language)
    refused = callguard("score", letter)
    assert (refused.code, "taps.language" in refused.err) == (2, True)


def test_the_language_of_the_installation_is_that_of_what_is_read(
    callguard: Callguard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLGUARD_TAPS__LANGUAGE", "de")
    letter = tmp_path / "letter.txt"
    letter.write_text("Ich bringe dich um, wenn das Geld nicht kommt.")

    assert callguard("score", "--letter", letter).rows[0]["keywords_only"] is True
    assert callguard("score", letter).rows[0]["keywords_only"] is True


def test_other_signs_that_end_lines_may_stand_in_a_text(callguard: Callguard, tmp_path: Path) -> None:
    file = tmp_path / "lines.jsonl"
    file.write_text('{"text": "one\u2028two\x85three"}\r\n{"text": "four"}\n', encoding="utf-8")

    lines = callguard("score", file).out.split("\n")
    assert [orjson.loads(line)["text"] for line in lines if line] == ["one\u2028two\x85three", "four"]
