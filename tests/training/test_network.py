import json
from pathlib import Path

import numpy as np
import pytest
import torch

from training.batches import Reading
from training.network import OUTPUTS, ScorerNetwork, encoder_folder, pretrained, reader, renumbering, size_of, trained
from training.rows import TARGETS, Row


def row(text: str, *context: str) -> Row:
    return Row(text=text, context=context, targets=(0.0,) * len(TARGETS), severity=0, source="own", twin=None)


def read(folder: Path, *rows: Row) -> Reading[torch.Tensor]:
    return reader(folder).read(rows).each(torch.from_numpy)


def quiet(folder: Path) -> ScorerNetwork:
    torch.manual_seed(2)
    network: ScorerNetwork = pretrained(folder).eval()
    return network


@pytest.fixture(params=["tiny_bert", "tiny_mpnet"])
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.getfixturevalue(request.param)
    return found


def test_any_encoder_gives_the_same_outputs(folder: Path) -> None:
    logits = quiet(folder)(*read(folder, row("hello"), row("no thank you", "agent: more")))

    assert logits.shape == (2, OUTPUTS)


def test_padding_changes_nothing(folder: Path) -> None:
    network = quiet(folder)

    alone = network(*read(folder, row("hello")))
    beside = network(*read(folder, row("hello"), row("no thank you very much", "agent: more")))

    assert torch.allclose(alone[0], beside[0], atol=1e-5)


def test_the_table_of_words_is_kept(folder: Path) -> None:
    network = quiet(folder)
    network(*read(folder, row("hello", "agent: more"))).sum().backward()

    assert network.encoder.get_input_embeddings().weight.grad is None


def test_an_encoder_without_parts_learns_which_words_are_earlier_turns(tiny_mpnet: Path) -> None:
    network = quiet(tiny_mpnet)
    assert network.earlier is not None
    reading = read(tiny_mpnet, row("hello", "agent: more"))
    before = network(*reading)
    before.sum().backward()

    with torch.no_grad():
        network.earlier += torch.linspace(-3, 3, len(network.earlier))

    assert network.earlier.grad.abs().sum() > 0
    assert not torch.allclose(before, network(*reading), atol=1e-6)


def test_a_text_without_earlier_turns_is_read_as_before(tiny_mpnet: Path) -> None:
    network = quiet(tiny_mpnet)
    assert network.earlier is not None
    reading = read(tiny_mpnet, row("hello"))
    before = network(*reading)

    with torch.no_grad():
        network.earlier += torch.linspace(-3, 3, len(network.earlier))

    assert torch.equal(before, network(*reading))


def test_berts_own_parts_need_no_vector_of_ours(tiny_bert: Path) -> None:
    assert quiet(tiny_bert).earlier is None


def test_the_tokenizers_own_marks_open_and_close_a_text(tiny_mpnet: Path) -> None:
    numbers, mask, _ = reader(tiny_mpnet).read([row("ab"), row("a b c d e f")])

    assert numbers[0].tolist()[:4] == [0, 4, 31, 2]
    assert (numbers[0][mask[0] == 0] == 1).all()


@pytest.fixture
def moved_pieces(tiny_bert: Path, tmp_path: Path) -> Path:
    """Return the folder of an encoder with BERT's pieces, marks of its own, and other numbers for all of them."""
    stored = json.loads((tiny_bert / "tokenizer.json").read_text())
    pieces = stored["model"]["vocab"]
    stored["model"]["vocab"] = {"<s>": 0, "<pad>": 1, "</s>": 2, **{piece: number + 3 for piece, number in pieces.items()}}
    for mark in stored["added_tokens"]:
        mark["id"] = stored["model"]["vocab"][mark["content"]]
    marks = {"[CLS]": "<s>", "[SEP]": "</s>"}
    for part in (*stored["post_processor"]["single"], *stored["post_processor"]["pair"]):
        if "SpecialToken" in part:
            part["SpecialToken"]["id"] = marks[part["SpecialToken"]["id"]]
    stored["post_processor"]["special_tokens"] = {
        mark: {"id": mark, "ids": [number], "tokens": [mark]} for mark, number in (("<s>", 0), ("</s>", 2))
    }
    (tmp_path / "tokenizer.json").write_text(json.dumps(stored))
    config = json.loads((tiny_bert / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, "pad_token_id": 1}))
    return tmp_path


def test_who_cuts_texts_alike_need_not_cut_them_again(tiny_bert: Path, moved_pieces: Path) -> None:
    rows = [row("Hello, I'm déjà vu 42 🙂"), row("no thank you very much indeed", "agent: more", "caller: no")]
    numbers = renumbering(tiny_bert, moved_pieces)
    assert numbers is not None

    renumbered, anew = numbers.of(reader(tiny_bert).read(rows)), reader(moved_pieces).read(rows)

    assert all(np.array_equal(one, other) for one, other in zip(renumbered, anew, strict=True))


def test_who_cuts_texts_otherwise_reads_them_anew(tiny_bert: Path, tiny_mpnet: Path) -> None:
    assert renumbering(tiny_bert, tiny_mpnet) is None


def test_a_run_gives_back_what_was_trained(folder: Path, tmp_path: Path) -> None:
    network = quiet(folder)
    torch.save(network.state_dict(), tmp_path / "network.pt")
    for name in ("config.json", "tokenizer.json"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    reading = read(folder, row("hello", "agent: more"))

    assert torch.equal(trained(tmp_path)(*reading), network(*reading))


def test_a_run_that_is_not_whole_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no network\.pt"):
        trained(tmp_path)


def test_a_folder_that_holds_no_encoder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"no config\.json"):
        encoder_folder(str(tmp_path))


def test_tables_do_not_count_as_size(tiny_bert: Path) -> None:
    network = quiet(tiny_bert)
    layers = sum(weight.numel() for weight in network.encoder.encoder.parameters())

    assert layers <= size_of(tiny_bert) <= layers + 100
