"""Export: the trained network as int8 ONNX, checked against torch one by one and in padded batches.

The graph is written from plain tensor operations, not traced through `transformers`: its attention masks take paths that
depend on the batch, and a trace freezes the path of its example.
"""

import argparse
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from torch import Tensor, nn

from callguard.score.encoder import Encoder
from callguard.score.tokens import Tokens
from training import corpus
from training.batches import Reader
from training.network import ScorerNetwork, pretrained, pretrained_folder
from training.rows import own_rows

MODEL = Path(__file__).parent.parent / "src" / "callguard" / "score" / "model"
LARGEST_BYTES = 25 * 1024 * 1024
LEAST_AGREEMENT = 0.98
"""Correlation of the quantized logits with torch's."""
CHECKED = 400


class PlainNetwork(nn.Module):
    """The same network in plain operations; returns logits and the vectors that words come into it with."""

    def __init__(self, network: ScorerNetwork) -> None:
        super().__init__()
        self.encoder, self.head = network.encoder, network.head
        self.heads = int(network.encoder.config.num_attention_heads)

    def forward(self, numbers: Tensor, mask: Tensor, segments: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (n, outputs) and word vectors (n, tokens, width).

        The word vectors tell repeated demands (`score.meaning`). They are those that the first layer is given, whose table is
        never trained: the first layer's own told demands apart less well the longer it was trained, and to the last layer, which
        is trained for abuse, all harmless texts are alike.
        """
        table = self.encoder.embeddings
        places = torch.arange(numbers.shape[1]).unsqueeze(0)
        states = table.word_embeddings(numbers) + table.token_type_embeddings(segments) + table.position_embeddings(places)
        words = states = table.LayerNorm(states)
        hidden = (1.0 - mask.float())[:, None, None, :] * -1e4
        for layer in self.encoder.encoder.layer:
            states = self._layer(layer, states, hidden)
        own = (mask * (1 - segments)).unsqueeze(-1).float()
        mean = (states * own).sum(1) / own.sum(1)
        highest = (states * own - (1 - own) * 1e4).amax(1)
        return self.head(torch.cat((mean, highest), dim=-1)), words

    def _layer(self, layer: nn.Module, states: Tensor, hidden: Tensor) -> Tensor:
        own, output = layer.attention.self, layer.attention.output
        asked, known, given = (self._parted(part(states)) for part in (own.query, own.key, own.value))
        weights = (asked @ known.transpose(-1, -2)) / asked.shape[-1] ** 0.5 + hidden
        seen = (weights.softmax(-1) @ given).transpose(1, 2).flatten(2)
        states = output.LayerNorm(output.dense(seen) + states)
        inner = nn.functional.gelu(layer.intermediate.dense(states))
        return layer.output.LayerNorm(layer.output.dense(inner) + states)

    def _parted(self, states: Tensor) -> Tensor:
        return states.unflatten(-1, (self.heads, -1)).transpose(1, 2)


def load_network(weights: Path) -> tuple[ScorerNetwork, Path]:
    """Return the trained network and the folder of the pre-trained one."""
    folder = pretrained_folder()
    network = pretrained(folder)
    network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    return network.eval(), folder


def export(network: ScorerNetwork, path: Path) -> None:
    """Write int8 ONNX: weights per channel, activations at run time."""
    plain = PlainNetwork(network).eval()
    example = (torch.ones((2, 9), dtype=torch.long), torch.ones((2, 9), dtype=torch.long), torch.zeros((2, 9), dtype=torch.long))
    axes = {name: {0: "texts", 1: "tokens"} for name in ("numbers", "mask", "segments")}
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "float.onnx"
        torch.onnx.export(
            plain, example, whole, input_names=["numbers", "mask", "segments"], output_names=["logits", "words"],
            dynamic_axes=axes | {"logits": {0: "texts"}, "words": {0: "texts", 1: "tokens"}}, opset_version=17, dynamo=False,
        )  # fmt: skip
        quantize_dynamic(whole, path, per_channel=True, weight_type=QuantType.QInt8, op_types_to_quantize=["MatMul", "Gather"])
    size = path.stat().st_size
    if size > LARGEST_BYTES:
        raise SystemExit(f"{path.name} has {size / 2**20:.1f} MiB; at most {LARGEST_BYTES / 2**20:.0f} may ship")


def check(network: ScorerNetwork, folder: Path) -> dict[str, float]:
    """Return how well the exported model agrees with torch, alone and in padded batches of eight."""
    sentences = [sentence for sentence in corpus.load() if sentence.split == "validation"][:CHECKED]
    tokens, encoder = Tokens(folder / "tokenizer.json"), Encoder(folder / "model.onnx")
    pairs = [tokens.numbers(sentence.text, sentence.context) for sentence in sentences]
    alone = np.concatenate([encoder.run([pair])[0] for pair in pairs])
    together = np.concatenate([encoder.run(pairs[start : start + 8])[0] for start in range(0, len(pairs), 8)])
    with torch.inference_mode():
        wanted = network(*Reader(tokens).read(own_rows(sentences)).each(torch.from_numpy)).numpy()
    agreement = {
        "correlation_alone": float(np.corrcoef(alone.ravel(), wanted.ravel())[0, 1]),
        "correlation_batch_8": float(np.corrcoef(together.ravel(), wanted.ravel())[0, 1]),
        "largest_difference_alone_to_batch_8": float(np.abs(alone - together).max()),
    }
    if min(agreement["correlation_alone"], agreement["correlation_batch_8"]) < LEAST_AGREEMENT:
        raise SystemExit(f"the exported model does not agree with torch: {agreement}")
    return agreement


def main() -> None:
    """Export a run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, default=Path("build/scorer"))
    parser.add_argument("--out", type=Path, default=MODEL)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    network, folder = load_network(arguments.run / "network.pt")
    arguments.out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(folder / "tokenizer.json", arguments.out / "tokenizer.json")
    export(network, arguments.out / "model.onnx")
    print(json.dumps(check(network, arguments.out)))


if __name__ == "__main__":
    main()
