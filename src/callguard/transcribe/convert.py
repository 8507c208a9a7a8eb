"""Whisper weights as Hugging Face keeps them, made into a CTranslate2 model: with numpy, without torch.

Some weights, such as the acft ones, come with neither `tokenizer.json` nor merge rules. Both follow from the vocabulary: in
byte-level BPE a token's number tells when its merge was learned, so that each token's two halves can be found again.
"""

import itertools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tokenizers

from callguard.errors import ModelMissingError
from callguard.transcribe.safetensors import Tensors, Weights

WEIGHTS = "model.safetensors"
NEEDED = (WEIGHTS, "config.json", "generation_config.json", "vocab.json", "added_tokens.json")
OPTIONAL = ("tokenizer.json", "preprocessor_config.json")
"""What is taken from the hub besides, where it is there."""
KEPT_AS = "float16"
"""Half the size of float32; CTranslate2 makes int8 of it while loading, so one copy serves CPU and GPU."""
SECONDS_A_TIMESTAMP = 0.02


def convert(source: Path, target: Path) -> None:
    """Make a CTranslate2 model in `target` of the files in `source`. Raises ModelMissingError if some are missing or odd."""
    from callguard.transcribe.whisper import empty_spec  # noqa: PLC0415  # a second of imports that only this needs

    missing = [name for name in NEEDED if not (source / name).is_file()]
    if missing:
        raise ModelMissingError(f"{source} holds no {missing[0]}; a Whisper model to convert consists of {', '.join(NEEDED)}")
    tensors = Tensors(source / WEIGHTS)
    try:
        config, generation = _read(source / "config.json"), _read(source / "generation_config.json")
        spec = empty_spec(config["encoder_layers"], config["encoder_attention_heads"], config["decoder_layers"])
        vocabulary = _vocabulary(source, config["vocab_size"])
        _fill(spec, tensors)
        spec.register_vocabulary(vocabulary)
        _configure(spec.config, config, generation)
        spec.validate()
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelMissingError(f"{source} holds no Whisper model that can be converted: {error!r}") from error
    spec.optimize(quantization=KEPT_AS)
    target.mkdir(parents=True, exist_ok=True)
    spec.save(str(target))
    _write_tokenizer(source, target, vocabulary)
    heard = {"feature_size": config["num_mel_bins"], "sampling_rate": 16_000}
    (target / "preprocessor_config.json").write_text(json.dumps(heard), encoding="utf-8")


def _read(file: Path) -> Mapping[str, Any]:
    read: Mapping[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return read


# --- weights --------------------------------------------------------------------------------------


def _fill(spec: Any, tensors: Mapping[str, Weights]) -> None:
    encoder, decoder = spec.encoder, spec.decoder
    for name in ("conv1", "conv2"):
        convolution = getattr(encoder, name)
        convolution.weight = tensors[f"model.encoder.{name}.weight"]
        convolution.bias = tensors[f"model.encoder.{name}.bias"]
    decoder.embeddings.weight = tensors["model.decoder.embed_tokens.weight"]
    # the output is the embedding seen from behind, and often not stored twice
    decoder.projection.weight = tensors.get("proj_out.weight", decoder.embeddings.weight)
    for side, prefix in ((encoder, "model.encoder"), (decoder, "model.decoder")):
        side.position_encodings.encodings = tensors[f"{prefix}.embed_positions.weight"]
        _fill_norm(side.layer_norm, tensors, f"{prefix}.layer_norm")
        for number, layer in enumerate(side.layer):
            _fill_layer(layer, tensors, f"{prefix}.layers.{number}", has_cross_attention=side is decoder)


def _fill_layer(layer: Any, tensors: Mapping[str, Weights], prefix: str, *, has_cross_attention: bool) -> None:
    own = layer.self_attention
    _fill_norm(own.layer_norm, tensors, f"{prefix}.self_attn_layer_norm")
    _fill_linear(own.linear[0], tensors, *(f"{prefix}.self_attn.{part}_proj" for part in "qkv"))
    _fill_linear(own.linear[1], tensors, f"{prefix}.self_attn.out_proj")
    if has_cross_attention:
        cross = layer.attention
        _fill_norm(cross.layer_norm, tensors, f"{prefix}.encoder_attn_layer_norm")
        _fill_linear(cross.linear[0], tensors, f"{prefix}.encoder_attn.q_proj")
        _fill_linear(cross.linear[1], tensors, *(f"{prefix}.encoder_attn.{part}_proj" for part in "kv"))
        _fill_linear(cross.linear[2], tensors, f"{prefix}.encoder_attn.out_proj")
    _fill_norm(layer.ffn.layer_norm, tensors, f"{prefix}.final_layer_norm")
    _fill_linear(layer.ffn.linear_0, tensors, f"{prefix}.fc1")
    _fill_linear(layer.ffn.linear_1, tensors, f"{prefix}.fc2")


def _fill_linear(linear: Any, tensors: Mapping[str, Weights], *names: str) -> None:
    """Put several projections into one; the keys' has no bias."""
    weights = [tensors[f"{name}.weight"] for name in names]
    biases = [tensors.get(f"{name}.bias", np.zeros(len(weight), np.float32)) for name, weight in zip(names, weights, strict=True)]
    linear.weight, linear.bias = np.concatenate(weights), np.concatenate(biases)


def _fill_norm(norm: Any, tensors: Mapping[str, Weights], name: str) -> None:
    norm.gamma, norm.beta = tensors[f"{name}.weight"], tensors[f"{name}.bias"]


def _configure(into: Any, config: Mapping[str, Any], generation: Mapping[str, Any]) -> None:
    into.suppress_ids = generation["suppress_tokens"]
    into.suppress_ids_begin = generation["begin_suppress_tokens"]
    into.lang_ids = sorted(generation.get("lang_to_id", {}).values())
    layers, heads = config["decoder_layers"], config["decoder_attention_heads"]
    into.alignment_heads = generation.get("alignment_heads") or [*itertools.product(range(layers // 2, layers), range(heads))]


# --- words ----------------------------------------------------------------------------------------


def _vocabulary(source: Path, size: int) -> list[str]:
    """Return all tokens by number; timestamps that are not listed come last."""
    listed = {**_read(source / "vocab.json"), **_read(source / "added_tokens.json")}
    by_number = {number: token for token, number in listed.items()}
    first_time = next(number for number in itertools.count() if number not in by_number)
    return [by_number.get(number, f"<|{(number - first_time) * SECONDS_A_TIMESTAMP:.2f}|>") for number in range(size)]


def _write_tokenizer(source: Path, target: Path, vocabulary: list[str]) -> None:
    ready = source / "tokenizer.json"
    if ready.is_file():
        (target / "tokenizer.json").write_bytes(ready.read_bytes())
        return
    special = [token for token in vocabulary if token.startswith("<|") and token.endswith("|>")]
    text = {token: number for number, token in enumerate(vocabulary) if token not in set(special)}
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=text, merges=find_merges(text)))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.add_special_tokens([tokenizers.AddedToken(token, special=True) for token in special])
    tokenizer.save(str(target / "tokenizer.json"), pretty=False)


def find_merges(numbers: Mapping[str, int]) -> list[tuple[str, str]]:
    """Return the merge rules of a byte-level BPE vocabulary, in the order in which they were learned."""
    merges = []
    for token in sorted(numbers, key=lambda token: numbers[token]):
        if len(token) > 1:
            halves = _halves(token, numbers)
            if halves is not None:
                merges.append(halves)
    return merges


def _halves(token: str, numbers: Mapping[str, int]) -> tuple[str, str] | None:
    """Merge the bytes of a token by the rules learned before it, until two parts are left; None for a token no merge makes."""
    parts = list(token)
    while len(parts) > 2:
        pairs = [numbers.get(first + second, numbers[token]) for first, second in itertools.pairwise(parts)]
        earliest = min(pairs)
        if earliest >= numbers[token]:
            return None
        place = pairs.index(earliest)
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts[0], parts[1]
