"""The Hugging Face hub: the one module that imports its client, and only when it is asked.

The client reads its environment (HF_ENDPOINT, HF_HUB_OFFLINE, HF_HOME, proxies) itself.
"""

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from callguard.errors import ModelMissingError
from callguard.transcribe.convert import NEEDED, OPTIONAL

WEIGHTS = "model.bin"
FILES = (WEIGHTS, "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
"""What a CTranslate2 Whisper model may consist of."""
PART = ".part"
PIECE = 1 << 20
PARTIAL_CONTENT = 206
RANGE_NOT_SATISFIABLE = 416
OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO, errno.EFBIG})
"""Errors that come of where files are kept, not of the network."""
NONSENSE = (ValueError, KeyError, TypeError)
"""What the client raises when the answer of a proxy or of a log-in page is not what the hub says."""
TRIES = 3
"""To get on after a connection broke without having brought anything."""
TO_CONVERT = (*NEEDED, *OPTIONAL)
"""What is fetched where the hub has no CTranslate2 form."""


class Hub:
    """Where models come from. Everything here blocks."""

    def __init__(self, endpoint: str = "") -> None:
        """`endpoint` is a mirror's address; empty takes HF_ENDPOINT or the hub's own."""
        self._endpoint = endpoint or None

    def cached(self, repository: str) -> Path | None:
        """Return the folder of a model that is in the client's own cache; looks at the disk only."""
        client = _client()
        try:
            found = client.try_to_load_from_cache(repository, WEIGHTS)
        except client.errors.HFValidationError:
            return None  # a name that no repository can have
        return Path(found).parent if isinstance(found, str) else None

    def trouble(self, repository: str, *, timeout_s: float) -> str:
        """Return why `repository` cannot be fetched now, or "" if it can. May hang for longer when names cannot be resolved."""
        client = _client()
        if client.is_offline_mode():
            return "HF_HUB_OFFLINE is set"
        try:
            client.HfApi(endpoint=self._endpoint).model_info(repository, timeout=timeout_s)
        except client.errors.RepositoryNotFoundError:
            return f"the hub has no {repository}, or it needs a token"
        except client.errors.HFValidationError:
            return f"«{repository}» is no name of a repository"
        except (OSError, client.errors.HTTPError) as error:
            return f"the hub cannot be reached ({type(error).__name__})"
        except NONSENSE as error:
            return f"what answers in the hub's place is none ({type(error).__name__}): a proxy or a log-in page"
        return ""

    def fetch(self, repository: str, folder: Path, report: Callable[[str], None]) -> Mapping[str, str]:
        """Download the model's files into `folder`, going on where an earlier try stopped; return the hub's sha256 by file.

        Without a CTranslate2 form on the hub, they are what `convert` needs. `report` is told of each. Raises ModelMissingError.
        """
        client = _client()
        with _translated(repository):
            info = client.HfApi(endpoint=self._endpoint).model_info(repository, files_metadata=True)
            files = info.siblings or []
            names = FILES if any(file.rfilename == WEIGHTS for file in files) else TO_CONVERT
            wanted = [file for file in files if file.rfilename in names]
            for file in wanted:
                if _is_whole(folder / file.rfilename, file):
                    continue  # of an earlier try
                report(f"{file.rfilename}, {(file.size or 0) / 1e6:.1f} MB")
                url = client.hf_hub_url(repository, file.rfilename, revision=info.sha, endpoint=self._endpoint)
                rest = folder / f".{file.rfilename}.{info.sha[:12]}{PART}"
                _fetch_file(url, rest, file.size or 0, partial(_report_tenths, file.rfilename, file.size or 0, report))
                rest.replace(folder / file.rfilename)
        return {file.rfilename: file.lfs.sha256 for file in wanted if file.lfs is not None}


def _is_whole(file: Path, promised: Any) -> bool:
    """Whether a file is what the hub promises; only of large ones it says enough to tell."""
    if promised.lfs is None or not file.is_file() or file.stat().st_size != promised.size:
        return False
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest() == str(promised.lfs.sha256)


def _report_tenths(name: str, size: int, report: Callable[[str], None], before: int, now: int) -> None:
    """Say how much has come, whenever another tenth has."""
    if size and now * 10 // size > before * 10 // size:
        report(f"{name}, {now * 100 // size} % of {size / 1e6:.1f} MB")


def _fetch_file(url: str, file: Path, size: int, report: Callable[[int, int], None]) -> None:
    """Download into `file`, behind what is there already; the client's own download begins anew in every process.

    A broken connection is taken up again, as long as each try brings something.
    """
    client = _client()
    tries = TRIES
    while True:
        had = _size(file)
        if size and had > size:
            file.unlink()  # it cannot be a beginning
            had = 0
        if had and had == size:
            return
        broken: Exception | None = None
        try:
            _fetch_rest(url, file, had, report)
        except client.errors.HTTPError as error:
            answer = getattr(error, "response", None)
            if had and answer is not None and answer.status_code == RANGE_NOT_SATISFIABLE:
                file.unlink()  # there is nothing behind what came before: it is whole, or something else; its size is not told
                continue
            if answer is not None:
                raise
            broken = error
        came = _size(file)
        if broken is None and came >= size:
            return
        tries = TRIES if came > had else tries - 1
        if not tries:
            raise broken or ConnectionError(f"{came} of {size} bytes came")


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _fetch_rest(url: str, file: Path, had: int, report: Callable[[int, int], None]) -> None:
    headers = {**_client().utils.build_hf_headers(), "Accept-Encoding": "identity"}
    if had:
        headers["Range"] = f"bytes={had}-"
    with _client().get_session().stream("GET", url, headers=headers, follow_redirects=True) as answer:
        _client().utils.hf_raise_for_status(answer)
        is_rest = answer.status_code == PARTIAL_CONTENT
        done = had if is_rest else 0
        with file.open("ab" if is_rest else "wb") as opened:
            for piece in answer.iter_raw(PIECE):
                opened.write(piece)
                report(done, done + len(piece))
                done += len(piece)


@contextlib.contextmanager
def _translated(repository: str) -> Iterator[None]:
    errors = _client().errors
    try:
        yield
    except (OSError, errors.HTTPError, *NONSENSE) as error:
        if isinstance(error, OSError) and error.errno in OF_THE_DISK:
            raise
        raise ModelMissingError(
            f"{repository} cannot be fetched from the hub ({type(error).__name__}); check the network, set HF_ENDPOINT to a "
            "mirror, or pull from a folder: `callguard models pull NAME --from FOLDER`"
        ) from error


def _client() -> ModuleType:
    """Return the client, quiet; imported here because it takes half a second that no other engine needs."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read once, when the client is imported
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    import huggingface_hub  # noqa: PLC0415  # see above
    import huggingface_hub.errors  # noqa: PLC0415  # likewise

    return huggingface_hub
