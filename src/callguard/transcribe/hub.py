"""The Hugging Face hub: the one module that imports its client, and only when it is asked.

The client reads its environment (HF_ENDPOINT, HF_HUB_OFFLINE, HF_HOME, proxies) itself.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import ModuleType

from callguard.errors import ModelMissingError

FILES = ("config.json", "preprocessor_config.json", "model.bin", "tokenizer.json", "vocabulary.json", "vocabulary.txt")
"""What a CTranslate2 Whisper model may consist of."""


class Hub:
    """Where models come from. Everything here blocks."""

    def __init__(self, endpoint: str = "") -> None:
        """`endpoint` is a mirror's address; empty takes HF_ENDPOINT or the hub's own."""
        self._endpoint = endpoint or None

    def cached(self, repository: str) -> Path | None:
        """Return the folder of a model that is in the client's own cache; looks at the disk only."""
        found = _client().try_to_load_from_cache(repository, "model.bin")
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
        except (OSError, client.errors.HTTPError) as error:
            return f"the hub cannot be reached ({type(error).__name__})"
        return ""

    def fetch(self, repository: str, folder: Path, report: Callable[[str], None]) -> Mapping[str, str]:
        """Download the model's files into `folder`, going on where an earlier try stopped; return the hub's sha256 by file.

        `report` is told of each file. Raises ModelMissingError.
        """
        client = _client()
        with _translated(repository):
            info = client.HfApi(endpoint=self._endpoint).model_info(repository, files_metadata=True)
            wanted = [file for file in info.siblings or [] if file.rfilename in FILES]
            for file in wanted:
                report(f"{file.rfilename}, {(file.size or 0) / 1e6:.1f} MB")
                client.hf_hub_download(repository, file.rfilename, revision=info.sha, local_dir=folder, endpoint=self._endpoint)
        return {file.rfilename: file.lfs.sha256 for file in wanted if file.lfs is not None}


@contextlib.contextmanager
def _translated(repository: str) -> Iterator[None]:
    errors = _client().errors
    try:
        yield
    except (OSError, errors.HTTPError) as error:
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
