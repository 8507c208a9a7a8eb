from collections.abc import Sequence

import pytest

from callguard.score.calibration import load_calibration
from callguard.score.channel import NoisyChannel, load_channel
from callguard.score.encoder import Encoder, Floats, Text
from callguard.score.factory import bundled_model
from callguard.score.reading import ModelReader
from callguard.score.tokens import ALL_TOKENS, Tokens
from callguard.terms import Category

OUTPUTS = load_calibration(bundled_model() / "calibration.json").outputs
RUDENESS = OUTPUTS.index(Category.RUDENESS)
CALM = ["can i pay my bill over the phone please", "yes it is flat four", "thank you that was all"]
HEATED = ["agent: how can i help", "caller: you useless idiots"]


class CountingEncoder(Encoder):
    """The bundled model, which notes what it is asked."""

    def __init__(self) -> None:
        super().__init__(bundled_model() / "model.onnx")
        self.texts = 0

    def logits(self, texts: Sequence[Text]) -> Floats:
        self.texts += len(texts)
        return super().logits(texts)


@pytest.fixture
def counting() -> CountingEncoder:
    return CountingEncoder()


@pytest.fixture
def reader(counting: CountingEncoder, tokens: Tokens) -> ModelReader:
    return ModelReader(counting, tokens, OUTPUTS, channel=None)


def test_a_calm_turn_is_read_once(reader: ModelReader, counting: CountingEncoder) -> None:
    reader.read(CALM, [["agent: good morning", "caller: hello"]] * len(CALM))

    assert counting.texts == len(CALM)


def test_nobody_is_rude_only_by_what_was_said_before(reader: ModelReader, counting: CountingEncoder) -> None:
    [alone] = reader.read(["just do your job"], [()])
    counting.texts = 0

    [after] = reader.read(["just do your job"], [HEATED])

    assert counting.texts == 2
    assert after.logits[RUDENESS] <= alone.logits[RUDENESS]
    assert after.alone.tolist() == alone.logits.tolist()


def test_what_is_read_twice_and_once_stays_in_order(reader: ModelReader) -> None:
    texts, turns = [CALM[0], "just do your job", CALM[1], "you stupid cow"], [HEATED, HEATED, (), HEATED]

    together = reader.read(texts, turns)

    for text, given, reading in zip(texts, turns, together, strict=True):
        [single] = reader.read([text], [given])
        assert reading.logits.tolist() == single.logits.tolist()
        assert reading.alone.tolist() == single.alone.tolist()


class NotingChannel(NoisyChannel):
    """Takes all words as they are written, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def said(self, text: str) -> None:
        self.asked.append(text)


@pytest.mark.parametrize("who", ["caller: ", "agent: ", ""])
def test_earlier_turns_are_read_as_what_was_probably_said_too(counting: CountingEncoder, tokens: Tokens, who: str) -> None:
    reader = ModelReader(counting, tokens, OUTPUTS, load_channel(bundled_model() / "channel.npz"))

    [misheard, meant] = reader.read(
        ["you heard me"] * 2,
        [[f"{who}so i'll gill you and yore hole family"], [f"{who}so i'll kill you and your whole family"]],
    )

    assert misheard.logits.tolist() == meant.logits.tolist()


def test_an_earlier_turn_is_searched_once_and_no_further_back_than_the_model_reads(
    counting: CountingEncoder, tokens: Tokens
) -> None:
    channel = NotingChannel()
    reader = ModelReader(counting, tokens, OUTPUTS, channel)
    turns = ["caller: hello", "agent: good morning", f"caller: {'and so on ' * 1000}my name is ann"]

    reader.read(["you heard me"], [turns])
    reader.read(["did you"], [turns])

    [greeting, long] = [text for text in channel.asked if text not in {"you heard me", "did you"}]
    assert greeting == "good morning"
    assert long.endswith("and so on my name is ann")
    assert len(long.split()) == ALL_TOKENS
