from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from training.parcel import Numbers, packed, read, unpacked, write


def weights() -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(40, 64)).astype(np.float32)
    rows[3] = 0.0
    return {"table": rows, "bias": rng.normal(size=64).astype(np.float32)}


@pytest.mark.parametrize(("numbers", "error"), [("int8", 0.02), ("half", 0.001)])
def test_weights_come_back_nearly_as_they_were(numbers: Numbers, error: float) -> None:
    back = unpacked(packed(weights(), numbers))

    for name, array in weights().items():
        assert back[name].dtype == np.float32
        assert np.linalg.norm(back[name] - array) < error * np.linalg.norm(array)


def test_int8_takes_about_a_quarter() -> None:
    large = {"table": np.random.default_rng(1).normal(size=(500, 768)).astype(np.float32)}

    assert len(packed(large, "int8")) < 0.27 * large["table"].nbytes


def test_fewer_steps_take_less_and_stay_near() -> None:
    table = {"table": np.random.default_rng(1).normal(size=(500, 768)).astype(np.float32)}

    fewer = packed(table, "int8", steps=31)

    assert len(fewer) < 0.8 * len(packed(table, "int8"))
    assert np.linalg.norm(unpacked(fewer)["table"] - table["table"]) < 0.04 * np.linalg.norm(table["table"])


def test_what_is_no_float_stays_as_it_is() -> None:
    arrays: dict[str, npt.NDArray[Any]] = {"places": np.arange(5), "text:config.json": np.frombuffer(b"{}", np.uint8)}

    back = unpacked(packed(arrays, "int8"))

    assert back["places"].tolist() == [0, 1, 2, 3, 4]
    assert back["text:config.json"].tobytes() == b"{}"


def test_a_parcel_is_cut_into_parts_and_joined(tmp_path: Path) -> None:
    parts = write(b"0123456789", tmp_path, part_bytes=4)

    assert [part.stat().st_size for part in parts] == [4, 4, 2]
    assert read(tmp_path) == b"0123456789"


def test_a_part_that_is_missing_is_named(tmp_path: Path) -> None:
    write(b"0123456789", tmp_path, part_bytes=4)[1].unlink()

    with pytest.raises(SystemExit, match="lacks part-01 of 3"):
        read(tmp_path)


def test_a_part_that_was_changed_is_refused(tmp_path: Path) -> None:
    write(b"0123456789", tmp_path, part_bytes=4)[1].write_bytes(b"4576")

    with pytest.raises(SystemExit, match="not what was packed"):
        read(tmp_path)
