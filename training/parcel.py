"""Parcels: an encoder or a run in few small files, for machines that nothing can be fetched to.

`python -m training.parcel pack FOLDER PARCEL` writes PARCEL/part-00 and so on, of at most `--part-mib` each, and
`python -m training.parcel unpack PARCEL FOLDER` makes the folder of them again. Matrices are written as int8 with a scale for
each row (`--numbers int8`: a quarter of the size, for an encoder that training goes on from) or as half floats (`half`, for what
was trained). An int8 parcel is compressed and so is smaller with fewer `--steps`: mpnet takes 93 MiB with 127 and 71 with 31.
"""

import argparse
import hashlib
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from training.rounding import STEPS, rounded

Array = npt.NDArray[Any]
Numbers = Literal["int8", "half"]

SCALE, TEXT = ".scale", "text:"
"""How the names of rows' scales end, and how those of files that stand beside the weights begin."""
BESIDE = ("config.json", "tokenizer.json", "curve.json")
CONTENTS = "parcel.json"


def packed(arrays: Mapping[str, Array], numbers: Numbers, *, steps: int = STEPS) -> bytes:
    """Return `arrays` as one blob: floats smaller, everything else as it is. `steps` of an int8 weight on either side of zero."""
    written: dict[str, Array] = {}
    for name, array in arrays.items():
        if array.dtype.kind != "f":
            written[name] = array
        elif numbers == "half" or array.ndim < 2:
            written[name] = array.astype(np.float16 if numbers == "half" else np.float32)
        else:
            written[name], written[name + SCALE] = rounded(array, axis=-1, steps=steps)
    blob = io.BytesIO()
    np.savez_compressed(blob, **written)  # type: ignore[arg-type]  # no array is called `file`
    return blob.getvalue()


def unpacked(blob: bytes) -> dict[str, Array]:
    """Return the arrays of a blob, floats as float32."""
    with np.load(io.BytesIO(blob)) as read:
        arrays = {name: read[name] for name in read.files}
    whole: dict[str, Array] = {}
    for name, array in arrays.items():
        if name.endswith(SCALE):
            continue
        if name + SCALE in arrays:
            whole[name] = array.astype(np.float32) * arrays[name + SCALE]
        else:
            whole[name] = array.astype(np.float32) if array.dtype.kind == "f" else array
    return whole


def write(blob: bytes, parcel: Path, *, part_bytes: int) -> list[Path]:
    """Cut a blob into files of at most `part_bytes`; return them."""
    parcel.mkdir(parents=True, exist_ok=True)
    parts = [parcel / f"part-{number:02}" for number in range(-(-len(blob) // part_bytes))]
    for number, part in enumerate(parts):
        part.write_bytes(blob[number * part_bytes : (number + 1) * part_bytes])
    contents = {"parts": len(parts), "sha256": hashlib.sha256(blob).hexdigest()}
    (parcel / CONTENTS).write_text(json.dumps(contents) + "\n")
    return parts


def read(parcel: Path) -> bytes:
    """Return the blob of a parcel. Raises SystemExit where a part is missing or was changed on the way."""
    contents = json.loads((parcel / CONTENTS).read_text())
    parts = [parcel / f"part-{number:02}" for number in range(contents["parts"])]
    if missing := [part.name for part in parts if not part.is_file()]:
        raise SystemExit(f"{parcel} lacks {', '.join(missing)} of {len(parts)} parts")
    blob = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(blob).hexdigest() != contents["sha256"]:
        raise SystemExit(f"{parcel} is not what was packed: carry its parts anew")
    return blob


def load(folder: Path) -> dict[str, Array]:
    """Return the weights of an encoder's or a run's folder, and the small files beside them."""
    import torch  # noqa: PLC0415  # what cuts and joins needs neither library
    from safetensors.numpy import load_file  # noqa: PLC0415

    if (folder / "network.pt").is_file():
        state = torch.load(folder / "network.pt", weights_only=True, map_location="cpu")
        weights = {name: tensor.numpy() for name, tensor in state.items()}
    else:
        weights = load_file(folder / "model.safetensors")
    texts = [folder / name for name in BESIDE if (folder / name).is_file()]
    return weights | {TEXT + path.name: np.frombuffer(path.read_bytes(), np.uint8) for path in texts}


def save(arrays: Mapping[str, Array], folder: Path) -> None:
    """Write what `load` returned: a run's weights as network.pt, which have a head, and an encoder's as model.safetensors."""
    import torch  # noqa: PLC0415  # as above
    from safetensors.numpy import save_file  # noqa: PLC0415

    folder.mkdir(parents=True, exist_ok=True)
    for name in [name for name in arrays if name.startswith(TEXT)]:
        (folder / name.removeprefix(TEXT)).write_bytes(arrays[name].tobytes())
    weights = {name: array for name, array in arrays.items() if not name.startswith(TEXT)}
    if "head.weight" in weights:
        torch.save({name: torch.from_numpy(array) for name, array in weights.items()}, folder / "network.pt")
    else:
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})


def main() -> None:
    """Pack or unpack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("act", choices=("pack", "unpack"))
    parser.add_argument("source", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--numbers", choices=("int8", "half"), default="int8")
    parser.add_argument("--steps", type=int, default=STEPS, help="of an int8 weight on either side of zero, at most 127")
    parser.add_argument("--part-mib", type=float, default=15.0)
    arguments = parser.parse_args()
    if not 1 <= arguments.steps <= STEPS:
        parser.error(f"--steps {arguments.steps}: expected 1 to {STEPS}")
    if arguments.act == "unpack":
        save(unpacked(read(arguments.source)), arguments.out)
        return
    parts = write(
        packed(load(arguments.source), arguments.numbers, steps=arguments.steps),
        arguments.out,
        part_bytes=int(arguments.part_mib * 2**20),
    )
    print(f"{len(parts)} parts, {sum(part.stat().st_size for part in parts) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main()
