"""Tiny encoders with weights of chance. Tests that need torch run in .venv-train only (`make test-training`)."""

import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from callguard.score.factory import bundled_model

WIDTH, LAYERS, HEADS = 16, 2, 2

collect_ignore = (
    []
    if find_spec("torch")
    else [
        "test_average.py",
        "test_distil.py",
        "test_export.py",
        "test_feed.py",
        "test_finish.py",
        "test_fit.py",
        "test_network.py",
        "test_restore.py",
        "test_teach.py",
    ]
)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an encoder with BERT's tokenizer, whose texts may have two parts."""
    import torch  # noqa: PLC0415  # not in .venv
    from transformers import BertConfig, BertModel  # noqa: PLC0415  # nor is this

    folder = tmp_path_factory.mktemp("bert")
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=30522, hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=32
    )
    BertModel(config).save_pretrained(folder)
    shutil.copyfile(bundled_model() / "tokenizer.json", folder / "tokenizer.json")
    return folder


@pytest.fixture(scope="session")
def tiny_mpnet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an encoder with marks and a padding of its own, whose texts have one part."""
    import torch  # noqa: PLC0415  # not in .venv
    from transformers import MPNetConfig, MPNetModel  # noqa: PLC0415  # nor is this

    folder = tmp_path_factory.mktemp("mpnet")
    words = [
        "<s>",
        "<pad>",
        "</s>",
        "[UNK]",
        *"abcdefghijklmnopqrstuvwxyz",
        *(f"##{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"),
    ]
    numbers = {word: number for number, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(numbers, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", numbers["<s>"]), ("</s>", numbers["</s>"])]
    )
    tokenizer.enable_padding(length=16, pad_id=numbers["<pad>"], pad_token="<pad>")
    tokenizer.save(str(folder / "tokenizer.json"))
    torch.manual_seed(1)
    config = MPNetConfig(
        vocab_size=len(words), hidden_size=WIDTH, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=32,
        pad_token_id=numbers["<pad>"], bos_token_id=numbers["<s>"], eos_token_id=numbers["</s>"],
    )  # fmt: skip
    MPNetModel(config).save_pretrained(folder)
    return folder
