import time
from pathlib import Path

import pytest
import torch

from tests.training.lessons import lessons
from training.network import pretrained, trained
from training.teach import parser_of, teach, timetable


def test_the_student_has_its_share_at_the_end() -> None:
    times = timetable(100.0, 700.0, teachers=3, student_share=0.4)

    assert times.teachers_s == pytest.approx((220.0, 340.0, 460.0))
    assert times.student_s == 700.0


def test_one_command_leaves_the_teachers_and_the_student_in_time(tiny_bert: Path, tiny_mpnet: Path, tmp_path: Path) -> None:
    arguments = parser_of().parse_args(
        ["--device", "cpu", "--encoder", str(tiny_mpnet), "--encoder", str(tiny_bert), "--student", str(tiny_bert),
         "--out", str(tmp_path), "--batch", "8", "--teacher-batch", "8", "--workers", "0"]
    )  # fmt: skip

    # What each run keeps for saving is more than it has: one step each.
    teach(arguments, lessons(), until_s=time.monotonic() + 5)

    for run in ("teacher-1", "teacher-2", "."):
        assert trained(tmp_path / run).head.weight.shape[1] == 32


def test_a_student_goes_on_from_the_weights_it_is_given(tiny_bert: Path, tiny_mpnet: Path, tmp_path: Path) -> None:
    earlier = pretrained(tiny_bert)
    torch.save(earlier.state_dict(), tmp_path / "earlier.pt")
    arguments = parser_of().parse_args(
        ["--device", "cpu", "--encoder", str(tiny_mpnet), "--student", str(tiny_bert), "--start", str(tmp_path / "earlier.pt"),
         "--rate", "0", "--out", str(tmp_path / "run"), "--batch", "8", "--teacher-batch", "8", "--workers", "0"]
    )  # fmt: skip

    teach(arguments, lessons(), until_s=time.monotonic() + 5)

    assert torch.equal(trained(tmp_path / "run").head.weight, earlier.head.weight)
