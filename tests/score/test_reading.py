from collections.abc import Sequence

import pytest

from callguard.score.calibration import load_calibration
from callguard.score.encoder import Encoder, Floats, Text
from callguard.score.factory import bundled_model
from callguard.score.reading import ModelReader
from callguard.score.tokens import Tokens
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
