from pathlib import Path

import pytest

from callguard.errors import ModelMissingError
from callguard.score.tokens import ALL_TOKENS, TEXT_TOKENS, Tokens, as_turn
from callguard.terms import Role


def test_the_text_comes_first_and_earlier_turns_are_a_segment_of_their_own(tokens: Tokens) -> None:
    alone, _ = tokens.numbers("see you later")
    numbers, segments = tokens.numbers("see you later", ["agent: goodbye"])

    assert numbers[: len(alone)] == alone
    assert segments == [0] * len(alone) + [1] * (len(numbers) - len(alone))


def test_only_the_last_turns_are_read(tokens: Tokens) -> None:
    turns = ["caller: one", "agent: two", "caller: three"]

    assert tokens.numbers("four", turns) == tokens.numbers("four", turns[1:])


def test_long_text_and_long_turns_fit_the_model(tokens: Tokens) -> None:
    numbers, segments = tokens.numbers("word " * 100, ["agent: " + "turn " * 100])

    assert len(numbers) == len(segments) == ALL_TOKENS
    assert segments.count(0) == TEXT_TOKENS + 2


def test_pieces_say_where_they_stand(tokens: Tokens) -> None:
    text = "You’re late."

    assert [text[start:end] for _, start, end in tokens.pieces(text)] == ["You", "’", "re", "late", "."]


def test_a_missing_tokenizer_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ModelMissingError, match="install callguard again"):
        Tokens(tmp_path / "tokenizer.json")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe"])
def test_a_broken_tokenizer_is_called_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tokenizer.json").write_bytes(content)

    with pytest.raises(ModelMissingError, match=r"tokenizer\.json is broken"):
        Tokens(tmp_path / "tokenizer.json")


@pytest.mark.parametrize(
    ("speaker", "turn"), [(Role.AGENT, "agent: hello"), (Role.CALLER, "caller: hello"), (Role.UNKNOWN, "caller: hello")]
)
def test_an_earlier_turn_opens_as_in_training(speaker: Role, turn: str) -> None:
    assert as_turn(speaker, "hello") == turn
