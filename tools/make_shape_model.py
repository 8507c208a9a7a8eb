"""Make a CTranslate2 Whisper model of an exact shape with random weights: for tests and benchmarks where no hub can be reached.

What it costs to run does not depend on the weights, so speed can be measured with it; what it writes down is a seeded babble that
depends on the audio and ends after a set number of tokens. Needs no torch: the weights come from numpy, the layout from
`ctranslate2.specs`.

    python tools/make_shape_model.py tiny.en FOLDER [--quantization int8] [--tokens 20] [--seed 7]
"""

import argparse
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tokenizers
from ctranslate2.specs import WhisperSpec

Weights = npt.NDArray[np.float32]

LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no th ur hr bg lt la mi ml cy sk te "
    "fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps "
    "tk nn mt sa lb my bo tl mg as tt haw ln ha ba jw su"
)  # in Whisper's order
TIMESTAMPS = 1501  # 0.00 to 30.00 s in steps of 20 ms
MERGES = 50_000  # as GPT-2's vocabulary, which Whisper shares
POSITIONS = 448  # decoder
FRAMES = 1500  # encoder, after the convolution that halves them
COUNTER = 0  # hidden dimension that no layer writes to: it tells the output how many tokens were said


@dataclass(frozen=True)
class Shape:
    """The size of one Whisper model."""

    layers: int
    heads: int
    width: int
    multilingual: bool
    mels: int = 80


SHAPES = {
    f"{size}{suffix}": Shape(layers, heads, width, multilingual=not suffix)
    for size, layers, heads, width in (("tiny", 4, 6, 384), ("base", 6, 8, 512), ("small", 12, 12, 768))
    for suffix in ("", ".en")
}


class Random:
    """Seeded weights."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def normal(self, *shape: int, scale: float) -> Weights:
        return self._generator.standard_normal(shape, dtype=np.float32) * np.float32(scale)

    def linear(self, spec: Any, outputs: int, inputs: int, *, gain: float = 1.0, into_residual: bool = False) -> None:
        spec.weight = self.normal(outputs, inputs, scale=gain / np.sqrt(inputs))
        if into_residual:
            spec.weight[COUNTER] = 0
        spec.bias = np.zeros(outputs, dtype=np.float32)


def make_model(
    name: str, folder: Path, *, quantization: str | None = "int8", tokens: int = 20, seed: int = 7, is_deaf: bool = False
) -> Path:
    """Write a model of the shape `name` into `folder`, which says `tokens` tokens about any audio; return the folder.

    A deaf one says the same about all audio, as one that hears says the same about the same words: partials agree.
    """
    shape = SHAPES[name]
    return save_model(
        *make_spec(shape, tokens=tokens, seed=seed, is_deaf=is_deaf), folder, quantization=quantization, mels=shape.mels
    )


def save_model(spec: Any, vocabulary: list[str], folder: Path, *, quantization: str | None = "int8", mels: int = 80) -> Path:
    """Write what `make_spec` returned into `folder` and return it."""
    spec.validate()
    spec.optimize(quantization=quantization)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    special = _special_tokens()
    _write_tokenizer(folder / "tokenizer.json", vocabulary[: -len(special)], special)
    (folder / "preprocessor_config.json").write_text(json.dumps({"feature_size": mels, "sampling_rate": 16000}))
    return folder


def make_spec(shape: Shape, *, tokens: int = 20, seed: int = 7, is_deaf: bool = False) -> tuple[Any, list[str]]:
    """Return the weights as CTranslate2 describes them, in float32, and the vocabulary."""
    empty = [""] if shape.multilingual else []  # the token by which CTranslate2 knows a multilingual model
    vocabulary = [*_text_tokens(), *empty]
    text_tokens = len(vocabulary)
    special = _special_tokens()
    vocabulary += special

    spec = WhisperSpec(shape.layers, shape.heads, shape.layers, shape.heads)
    random = Random(seed)
    _fill_encoder(spec.encoder, shape, random)
    _fill_decoder(spec.decoder, shape, random, vocabulary, tokens, hearing=0.0 if is_deaf else 0.5)
    spec.register_vocabulary(vocabulary)
    ids = {token: number for number, token in enumerate(special, start=text_tokens)}
    never_said = ("translate", "transcribe", "startoflm", "startofprev", "nocaptions")
    spec.config.suppress_ids = [ids[f"<|{word}|>"] for word in never_said]
    spec.config.suppress_ids_begin = [vocabulary.index("Ġ"), ids["<|endoftext|>"]]
    spec.config.lang_ids = [ids[f"<|{language}|>"] for language in LANGUAGES.split()]
    spec.config.alignment_heads = list(itertools.product(range(shape.layers // 2, shape.layers), range(shape.heads)))
    return spec, vocabulary


def _fill_encoder(spec: Any, shape: Shape, random: Random) -> None:
    spec.conv1.weight = random.normal(shape.width, shape.mels, 3, scale=2 / np.sqrt(shape.mels * 3))
    spec.conv2.weight = random.normal(shape.width, shape.width, 3, scale=2 / np.sqrt(shape.width * 3))
    for convolution in (spec.conv1, spec.conv2):
        convolution.bias = np.zeros(shape.width, dtype=np.float32)
    spec.position_encodings.encodings = random.normal(FRAMES, shape.width, scale=1)
    _fill_norm(spec.layer_norm, shape.width)
    for layer in spec.layer:
        _fill_self_attention(layer.self_attention, shape.width, random)
        _fill_feed_forward(layer.ffn, shape.width, random)


def _fill_decoder(spec: Any, shape: Shape, random: Random, vocabulary: list[str], tokens: int, *, hearing: float) -> None:
    embeddings = random.normal(len(vocabulary), shape.width, scale=8 / np.sqrt(shape.width))  # confident, as trained ones are
    embeddings[:, COUNTER] = 0
    embeddings[-TIMESTAMPS:, COUNTER] = 30  # none of them among the words
    embeddings[vocabulary.index("<|endoftext|>"), COUNTER] = 100
    positions = random.normal(POSITIONS, shape.width, scale=2)  # far above the embeddings': else it repeats what it said last
    positions[:, COUNTER] = -6
    positions[tokens + 1 :, COUNTER] = 6  # after two prompt tokens, this position predicts what follows the last token
    spec.embeddings.weight = embeddings
    spec.projection.weight = embeddings
    spec.position_encodings.encodings = positions
    _fill_norm(spec.layer_norm, shape.width)
    for layer in spec.layer:
        _fill_self_attention(layer.self_attention, shape.width, random)
        attention = layer.attention
        _fill_norm(attention.layer_norm, shape.width)
        random.linear(attention.linear[0], shape.width, shape.width, gain=2)
        random.linear(attention.linear[1], 2 * shape.width, shape.width, gain=2)  # keys and values
        random.linear(attention.linear[2], shape.width, shape.width, gain=hearing, into_residual=True)
        _fill_feed_forward(layer.ffn, shape.width, random)


def _fill_self_attention(spec: Any, width: int, random: Random) -> None:
    _fill_norm(spec.layer_norm, width)
    random.linear(spec.linear[0], 3 * width, width)  # queries, keys and values
    random.linear(spec.linear[1], width, width, into_residual=True, gain=0.3)


def _fill_feed_forward(spec: Any, width: int, random: Random) -> None:
    _fill_norm(spec.layer_norm, width)
    random.linear(spec.linear_0, 4 * width, width)
    random.linear(spec.linear_1, width, 4 * width, into_residual=True, gain=0.5)


def _fill_norm(spec: Any, width: int) -> None:
    spec.gamma = np.ones(width, dtype=np.float32)
    spec.beta = np.zeros(width, dtype=np.float32)


def _byte_symbols() -> list[str]:
    """Return the 256 printable characters that byte-level BPE uses for bytes, in GPT-2's order."""
    return sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet(), key=ord)


def _merges() -> Iterator[tuple[str, str]]:
    """Yield merges that build three- and five-letter «words», each from parts that exist."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    pairs = ["".join(pair) for pair in itertools.product(letters, repeat=2)]
    yield from (("Ġ", letter) for letter in letters)
    yield from ((pair[0], pair[1]) for pair in pairs)
    words = [f"Ġ{letter}" for letter in letters]
    yield from ((word, pair) for word in words for pair in pairs)
    yield from ((word + first, second) for first, second in zip(pairs, reversed(pairs), strict=True) for word in words)
    yield from ((word + first, second) for first, second in itertools.product(pairs, pairs[::10]) for word in words)


def _distinct_merges() -> list[tuple[str, str]]:
    merges: dict[str, tuple[str, str]] = {}
    for first, second in _merges():
        merges.setdefault(first + second, (first, second))
        if len(merges) == MERGES:
            break
    return list(merges.values())


def _text_tokens() -> Iterator[str]:
    yield from _byte_symbols()
    yield from (first + second for first, second in _distinct_merges())


def _special_tokens() -> list[str]:
    words = [
        "endoftext",
        "startoftranscript",
        *LANGUAGES.split(),
        "translate",
        "transcribe",
        "startoflm",
        "startofprev",
        "nocaptions",
    ]
    times = [f"{step * 0.02:.2f}" for step in range(TIMESTAMPS)]
    return [f"<|{word}|>" for word in [*words, "notimestamps", *times]]


def _write_tokenizer(file: Path, text_tokens: list[str], special: list[str]) -> None:
    vocabulary = {token: number for number, token in enumerate(text_tokens)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=_distinct_merges()))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in special])
    tokenizer.save(str(file), pretty=False)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(SHAPES))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quantization", default="int8", help="CTranslate2's; «float32» for none (default: int8)")
    parser.add_argument("--tokens", type=int, default=20, help="how many tokens it says about any audio (default: 20)")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args()
    folder = make_model(chosen.name, chosen.folder, quantization=chosen.quantization, tokens=chosen.tokens, seed=chosen.seed)
    print(f"{chosen.name} shape written to {folder}")


if __name__ == "__main__":
    main()
