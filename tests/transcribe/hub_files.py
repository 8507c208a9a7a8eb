"""A tiny Whisper model as Hugging Face keeps it, and a server that speaks as much of the hub's protocol as its client needs."""

import hashlib
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np

from tools.make_shape_model import Shape, Weights

MICRO = Shape(layers=2, heads=2, width=64, multilingual=False)
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def write_hub_model(folder: Path, spec: Any, vocabulary: list[str]) -> Path:
    """Write the files that a model to be converted consists of; neither merges nor tokenizer.json are among them."""
    folder.mkdir(parents=True)
    write_safetensors(folder / "model.safetensors", dict(_named(spec)))
    heads = int(spec.encoder.num_heads)
    layers = len(spec.decoder.layer)
    config = {
        "encoder_layers": len(spec.encoder.layer),
        "encoder_attention_heads": heads,
        "decoder_layers": layers,
        "decoder_attention_heads": heads,
        "num_mel_bins": 80,
        "vocab_size": len(vocabulary),
    }
    generation = {
        "suppress_tokens": spec.config.suppress_ids,
        "begin_suppress_tokens": spec.config.suppress_ids_begin,
        "alignment_heads": spec.config.alignment_heads,
    }
    numbers = {token: number for number, token in enumerate(vocabulary)}
    added = {token: number for token, number in numbers.items() if token.startswith("<|") and "." not in token}
    words = {token: number for token, number in numbers.items() if not token.startswith("<|")}
    contents = {"config": config, "generation_config": generation, "vocab": words, "added_tokens": added}
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    return folder


def write_safetensors(file: Path, tensors: Mapping[str, Weights]) -> None:
    """Write float32 numbers."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    begin = 0
    for name, numbers in tensors.items():
        header[name] = {"dtype": "F32", "shape": numbers.shape, "data_offsets": (begin, begin := begin + numbers.nbytes)}
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(numbers.tobytes() for numbers in tensors.values()))


def _named(spec: Any) -> Iterator[tuple[str, Weights]]:
    """Yield the weights under the names that transformers gives them."""
    for name in ("conv1", "conv2"):
        yield from _linear(getattr(spec.encoder, name), f"model.encoder.{name}")
    yield "model.decoder.embed_tokens.weight", spec.decoder.embeddings.weight
    for side, prefix in ((spec.encoder, "model.encoder"), (spec.decoder, "model.decoder")):
        yield f"{prefix}.embed_positions.weight", side.position_encodings.encodings
        yield from _norm(side.layer_norm, f"{prefix}.layer_norm")
        for number, layer in enumerate(side.layer):
            yield from _layer(layer, f"{prefix}.layers.{number}")


def _layer(layer: Any, prefix: str) -> Iterator[tuple[str, Weights]]:
    own, cross = layer.self_attention, getattr(layer, "attention", None)
    yield from _norm(own.layer_norm, f"{prefix}.self_attn_layer_norm")
    yield from _split(own.linear[0], f"{prefix}.self_attn", "qkv")
    yield from _linear(own.linear[1], f"{prefix}.self_attn.out_proj")
    if cross is not None:
        yield from _norm(cross.layer_norm, f"{prefix}.encoder_attn_layer_norm")
        yield from _split(cross.linear[0], f"{prefix}.encoder_attn", "q")
        yield from _split(cross.linear[1], f"{prefix}.encoder_attn", "kv")
        yield from _linear(cross.linear[2], f"{prefix}.encoder_attn.out_proj")
    yield from _norm(layer.ffn.layer_norm, f"{prefix}.final_layer_norm")
    yield from _linear(layer.ffn.linear_0, f"{prefix}.fc1")
    yield from _linear(layer.ffn.linear_1, f"{prefix}.fc2")


def _split(linear: Any, prefix: str, parts: str) -> Iterator[tuple[str, Weights]]:
    weights, biases = np.split(linear.weight, len(parts)), np.split(linear.bias, len(parts))
    for part, weight, bias in zip(parts, weights, biases, strict=True):
        yield f"{prefix}.{part}_proj.weight", weight
        if part != "k":  # Whisper's keys have none
            yield f"{prefix}.{part}_proj.bias", bias


def _linear(linear: Any, name: str) -> Iterator[tuple[str, Weights]]:
    yield f"{name}.weight", linear.weight
    yield f"{name}.bias", linear.bias


def _norm(norm: Any, name: str) -> Iterator[tuple[str, Weights]]:
    yield f"{name}.weight", norm.gamma
    yield f"{name}.bias", norm.beta


class Mirror:
    """A hub of one repository on this machine."""

    def __init__(self, folder: Path, repository: str) -> None:
        self.folder = folder
        self.repository = repository
        self.url = ""
        self.breaks_at = 0
        """Byte of a weights file at which the connection goes away."""
        self.breaks_left = 0
        """How many times more."""
        self.wrong_sha256 = False
        self.says_instead = b""
        """What it answers when it is asked about the repository, as a proxy would."""
        self.tells_sizes = True
        self.refuses = ""
        """Name of a file that it fails to send."""
        self.may_send = threading.Event()
        """Weights wait for it."""
        self.may_send.set()
        self.sent: list[str] = []
        """Files that were asked for."""
        self.ranges: list[str] = []
        """Which parts of files were asked for."""

    def describe(self) -> dict[str, Any]:
        """Return what the hub says about the repository."""
        siblings = [self._sibling(file) for file in sorted(self.folder.iterdir())]
        return {"id": self.repository, "sha": COMMIT, "siblings": siblings}

    def _sibling(self, file: Path) -> dict[str, Any]:
        row: dict[str, Any] = {"rfilename": file.name, "blobId": "0" * 40}
        if self.tells_sizes:
            row["size"] = file.stat().st_size
        if file.suffix != ".json":
            sha256 = "0" * 64 if self.wrong_sha256 else hashlib.sha256(file.read_bytes()).hexdigest()
            row["lfs"] = {"sha256": sha256, "size": file.stat().st_size, "pointerSize": 134}
        return row


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    """Serve on a free port of the loopback address."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = self.path.partition("?")[0]
            if path.startswith(f"/api/models/{mirror.repository}"):
                self._send(mirror.says_instead or json.dumps(mirror.describe()).encode(), with_body=with_body, name="")
                return
            file = mirror.folder / path.rpartition("/")[2]
            if not path.startswith(f"/{mirror.repository}/resolve/") or not file.is_file():
                self.send_error(404)
                return
            if file.name == mirror.refuses:
                self.send_error(500)
                return
            if with_body:
                mirror.sent.append(file.name)
                mirror.may_send.wait()
            self._send(file.read_bytes(), with_body=with_body, name=file.name)

        def _send(self, body: bytes, *, with_body: bool, name: str) -> None:
            wanted = self.headers.get("Range", "")
            start = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted else 0
            if start and start >= len(body):
                self.send_error(416)
                return
            if wanted and with_body:
                mirror.ranges.append(wanted)
            self.send_response(206 if wanted else 200)
            self.send_header("Content-Length", str(len(body) - start))
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
            self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
            self.send_header("X-Repo-Commit", COMMIT)
            self.end_headers()
            if not with_body:
                return
            if mirror.breaks_left and name.startswith("model."):
                mirror.breaks_left -= 1
                self.wfile.write(body[start : mirror.breaks_at])
                self.close_connection = True
                return
            self.wfile.write(body[start:])

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the library's own name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
