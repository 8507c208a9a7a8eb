"""Every setting, as one frozen tree: arguments over environment (`CALLGUARD_…`) over a TOML file over defaults.

A step receives its own branch, never the tree. Policies are content, not settings: see `configs/policies/`.
"""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, tzinfo
from pathlib import Path
from typing import Annotated, Any, Final, Literal, get_origin
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from callguard.errors import SettingsError
from callguard.join_settings import JoinSettings
from callguard.notify_settings import NotifySettings
from callguard.settings_branch import Branch

PREFIX = "CALLGUARD_"
DELIMITER = "__"
CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""Names the TOML file where the command line does not."""
RESERVED = frozenset({CONFIG_VARIABLE, *(f"{PREFIX}TEST_{name}" for name in ("POSTGRES", "BROWSER", "PICTURES"))})
"""Variables that are no settings: the others are the test suite's, where its services are and where its pictures go."""


def _refuse_empty(value: object) -> object:
    if value == "":
        raise ValueError("it is empty; name a folder or leave it out")
    return value


Folder = Annotated[Path, BeforeValidator(_refuse_empty)]
"""A path; an empty one would be wherever the process was started."""


class HttpSettings(Branch):
    """Consoles and API."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8080, ge=0, le=65535, description="0 takes a free one.")
    public_url: str = Field(default="", description="Address that browsers use, if a proxy stands in front.")
    session_hours: int = Field(default=12, ge=1, le=168, description="How long a log-in lasts.")
    listener_queue: int = Field(default=512, ge=16, le=65536, description="Events held for one console before it is dropped.")
    embed_origins: tuple[Annotated[str, Field(pattern=r"^https?://[^\s/;,'*]+$")], ...] = Field(
        default=(),
        description="Sites that may show the consoles in a frame, such as https://crm.example; those of another domain need an "
        "https `public_url`.",
    )
    metrics_token: SecretStr = Field(default=SecretStr(""), description="Set, /metrics is shown to its bearer only.")


LANGUAGE: Final = r"^(|(?i:auto)|[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*)$"
"""A BCP 47 tag, or nothing or «auto» where it is to be found out; a language's name would be one that no engine knows."""


class TwilioSettings(Branch):
    """Twilio Media Streams."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=8081, ge=0, le=65535)
    public_url: str = Field(default="", description="The wss:// address that Twilio calls; signatures are made over it.")
    auth_token: SecretStr = Field(default=SecretStr(""), description="Twilio's auth token; set, every stream must be signed.")
    bearer_token: SecretStr = Field(
        default=SecretStr(""), description="Set, a stream may show this token instead of a signature."
    )
    inbound_is: Literal["caller", "agent"] = Field(default="caller", description="Whom Twilio's inbound track carries.")


class AudioSocketSettings(Branch):
    """Asterisk AudioSocket; it has no authentication: bind a private address."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: int = Field(default=9092, ge=0, le=65535)
    join_wait_s: float = Field(default=5.0, ge=0.1, le=60, description="How long one party waits for the other's connection.")
    plays_back: bool = Field(
        default=False,
        description="What callguard sends on a party's connection is heard by that party: snoop channels made with whisper=out.",
    )


class WebRtcSettings(Branch):
    """Browsers of a softphone, announced with `POST /api/lines`; addresses and ports are those of `join`."""

    enabled: bool = True
    join_wait_s: float = Field(default=15.0, ge=0.1, le=300, description="How long one party waits for the other's browser.")


class TapSettings(Branch):
    """Where calls come from."""

    twilio: TwilioSettings = TwilioSettings()
    audiosocket: AudioSocketSettings = AudioSocketSettings()
    webrtc: WebRtcSettings = WebRtcSettings()
    max_calls: int = Field(default=40, ge=1, le=10_000, description="New calls beyond this are refused.")
    silent_after_s: float = Field(default=10.0, ge=1, le=600, description="No audio for so long: the call shows «not guarded».")
    language: str = Field(
        default="en",
        pattern=LANGUAGE,
        description="Language of calls whose tap does not say (BCP 47). «auto»: the one that two of the caller's utterances in a "
        "row are in; until then each is read in its own. Letters and written conversations then have to name theirs: else only "
        "keywords are scored in them.",
    )


class MediaSettings(Branch):
    """How speech is cut out of audio."""

    min_silence_ms: int = Field(default=400, ge=100, le=3000, description="Silence that ends a segment (the hangover).")
    speculate_ms: int = Field(default=160, ge=60, le=1000, description="Silence after which an engine may start early.")
    expect_end_ms: int = Field(default=256, ge=60, le=3000, description="Silence after which it starts even where it is busy.")
    pre_roll_ms: int = Field(default=300, ge=0, le=1000, description="Audio kept from before speech was noticed.")
    min_speech_ms: int = Field(default=120, ge=0, le=1000, description="Shorter sounds are not speech.")
    max_segment_ms: int = Field(default=12_000, ge=3000, le=28_000, description="Longer speech is cut at its quietest point.")
    snapshot_ms: int = Field(default=240, ge=100, le=5000, description="How often running speech is shown to the engine.")
    speech_threshold: float = Field(default=0.5, gt=0, lt=1, description="Silero's probability that opens a segment.")
    gate_mode: int = Field(default=1, ge=0, le=3, description="webrtcvad's aggressiveness; higher passes less.")


class TranscribeSettings(Branch):
    """The speech engine."""

    engine: Literal["auto", "whisper", "pocketsphinx"] = "auto"
    model: str = Field(default="base.en", description="Name, hub repository or folder of a CTranslate2 Whisper model.")
    models_dir: Folder = Field(default=Path("~/.local/share/callguard/models"), description="Where pulled models are kept.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="«auto» takes a GPU that CTranslate2 sees, and the CPU where that one fails."
    )
    compute_type: str = Field(default="default", description="CTranslate2's; «default» is int8 on a CPU and float16 on a GPU.")
    workers: int = Field(default=0, ge=0, le=64, description="0 takes the number of cores.")
    queue: int = Field(
        default=256,
        ge=4,
        le=65536,
        description="Requests that may wait; what is over is dropped and counted.",
    )
    final_deadline_ms: int = Field(
        default=10_000, ge=500, le=120_000, description="A final older than this is dropped and counted."
    )
    partial_interval_ms: int = Field(
        default=250,
        ge=100,
        le=10_000,
        description="Shortest time between two partials of a channel; under load they come less often.",
    )
    word_times: Literal["always", "when_idle", "never"] = Field(
        default="when_idle",
        description="When Whisper says where each word lies: a tenth to a quarter on top of the decode. «when_idle»: only while "
        "nothing waits, so that a crowd of calls pays nothing.",
    )
    partials: Literal["both", "caller", "none"] = Field(
        default="both", description="Whose running speech is written down before it ends, for early warnings."
    )
    relief: bool = Field(
        default=True, description="Let a smaller model that is on disk take over while the chosen one cannot keep up."
    )
    vocabulary: tuple[str, ...] = Field(
        default=(),
        description="Names that Whisper should expect beside the organisation's: products and staff; most needed first.",
    )
    vocabulary_tokens: int = Field(
        default=48,
        ge=0,
        le=200,
        description="Room for them, a token being a short word; each costs as much as one of speech. What is over is left out.",
    )
    keywords: bool = Field(
        default=True,
        description="Hear plain threats in callers' English speech that could not be written down: a process of 25 MB.",
    )
    may_pull: bool = Field(default=True, description="Let admins fetch models from the hub in their console.")
    hub_timeout_s: float = Field(
        default=2.5, ge=0.1, le=60, description="How long `auto` waits for the hub before it falls back."
    )


class ScoreSettings(Branch):
    """How words become scores."""

    engine: str = Field(
        default="auto",
        pattern=r"^(auto|model|rules|hub:\S+)$",
        description="«model» joins the trained model and the rules; «auto» takes the rules alone where no model is installed; "
        "«hub:NAME» loads a text-classification model of the hub (extra `hub`).",
    )
    model: Path | None = Field(default=None, description="Folder of a model to use instead of the bundled one.")
    mapping: Path | None = Field(default=None, description="For «hub:NAME»: which of its labels is which category.")
    rules: Path | None = Field(default=None, description="A phrase file to use instead of the bundled one.")
    context_turns: int = Field(default=2, ge=0, le=8)


class DecideSettings(Branch):
    """What is done about scores."""

    policy: str = Field(default="standard", description="Name of a bundled policy or path of a policy file.")
    spoken_prompts: Literal["off", "auto", "espeak-ng", "flite"] = Field(
        default="off",
        description="Say prompts into the agent's ear too, where the tap can play to that side alone; «auto» takes the first "
        "program that the machine has.",
    )


class RecordSettings(Branch):
    """What is kept."""

    database_url: str = Field(default="", description="SQLAlchemy URL; empty is SQLite in `data_dir`.")
    audio: bool = Field(default=True, description="Keep call audio.")
    queue: int = Field(default=4096, ge=64, le=1_000_000, description="Events that may wait for the database.")
    caller_key_file: Path | None = Field(
        default=None, description="Secret that callers' numbers are sealed with; without it «callers.key» in `data_dir`."
    )


class ReviewSettings(Branch):
    """How calls are reviewed afterwards."""

    second_share: float = Field(default=0.2, ge=0, le=1, description="Share of reviewed calls that get a second, blind reviewer.")


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name. Raises ZoneInfoNotFoundError, ValueError, OSError."""
    return UTC if name == "UTC" else ZoneInfo(name)  # a machine without a database of zones has that one all the same


def _known_zone(name: str) -> str:
    try:
        zone_of(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"«{name}» is no time zone that is known here; expected an IANA name such as Europe/Berlin") from error
    return name


class Settings(BaseSettings):
    """The whole tree."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    organisation: str = Field(default="our organisation", description="Name that prompts use.")
    time_zone: Annotated[str, AfterValidator(_known_zone)] = Field(
        default="UTC", description="Whose days letters to callers name: an IANA name such as Europe/Berlin."
    )
    data_dir: Folder = Field(default=Path("~/.local/share/callguard"), description="Database and audio.")
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    http: HttpSettings = HttpSettings()
    taps: TapSettings = TapSettings()
    media: MediaSettings = MediaSettings()
    transcribe: TranscribeSettings = TranscribeSettings()
    score: ScoreSettings = ScoreSettings()
    decide: DecideSettings = DecideSettings()
    join: JoinSettings = JoinSettings()
    record: RecordSettings = RecordSettings()
    review: ReviewSettings = ReviewSettings()
    notify: NotifySettings = NotifySettings()

    @property
    def zone(self) -> tzinfo:
        """`time_zone` itself."""
        return zone_of(self.time_zone)

    @property
    def data_path(self) -> Path:
        """`data_dir` with the home folder filled in."""
        return self.data_dir.expanduser()

    @property
    def caller_key_file(self) -> Path:
        """Where the secret lies that callers' numbers are sealed with."""
        return (self.record.caller_key_file or self.data_path / "callers.key").expanduser()

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store."""
        return self.record.database_url or f"sqlite+aiosqlite:///{self.data_path / 'callguard.db'}"


def load_settings(file: Path | None = None, **arguments: Any) -> Settings:
    """Build the tree once; `arguments` are branches as nested dicts.

    Raises SettingsError for an unreadable file, an unknown key or variable, or a value out of range.
    """
    _refuse_unknown_variables(os.environ)
    _refuse_broken_variables(os.environ)
    content = _read_toml(file) if file is not None else {}

    class Layered(Settings):
        """The tree with this file as its TOML layer."""

        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the library calls by name
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # by name too
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            """Order the layers: arguments, environment, file."""
            return init_settings, env_settings, InitSettingsSource(settings_cls, init_kwargs=content)

    try:
        return Layered(**arguments)
    except ValidationError as error:
        raise SettingsError(_explain(error)) from error
    except ValueError as error:  # the library's own for a broken variable
        raise SettingsError(f"settings cannot be read: {error}") from error


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise SettingsError(
            f"configuration file {file} does not exist; name an existing TOML file or leave --config out"
        ) from error
    except OSError as error:
        raise SettingsError(f"configuration file {file} cannot be read ({error.strerror}); name a TOML file that can") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"configuration file {file} is not UTF-8 in line {line}; save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"configuration file {file} cannot be read as TOML: {error}; mend that line") from error


def _refuse_unknown_variables(variables: Mapping[str, str]) -> None:
    known = {name.upper() for name in _variable_names(Settings)} | RESERVED
    unknown = sorted(name for name in variables if name.upper().startswith(PREFIX) and name.upper() not in known)
    if unknown:
        raise SettingsError(f"unknown environment variable {unknown[0]}; `callguard doctor --settings` lists the known ones")


def _refuse_broken_variables(variables: Mapping[str, str]) -> None:
    """Name a variable that must hold JSON and does not: the library would name the branch alone."""
    given = {name.upper(): value for name, value in variables.items()}
    for name, kind in _several(Settings, PREFIX):
        value = given.get(name, "")
        try:
            json.loads(value or "[]")
        except ValueError as error:
            example = '{"name": "value"}' if kind is dict else '["one", "another"]'
            raise SettingsError(f"environment variable {name} holds no JSON; write it as {example}") from error


def _several(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, type]]:
    """Yield the variables that hold more than one value, and whether these are a tuple or a dict."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Branch):
            yield from _several(kind, f"{prefix}{name}{DELIMITER}")
        elif (origin := get_origin(kind)) in {tuple, dict}:
            yield f"{prefix}{name}".upper(), origin


def _variable_names(model: type[BaseModel], prefix: str = PREFIX) -> list[str]:
    names: list[str] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Branch):
            names += _variable_names(kind, f"{prefix}{name}{DELIMITER}")
        else:
            names.append(f"{prefix}{name}")
    return names


def describe_settings() -> list[tuple[str, str, str]]:
    """Return (variable, default, description) of every setting."""
    return _describe(Settings, PREFIX)


def _describe(model: type[BaseModel], prefix: str) -> list[tuple[str, str, str]]:
    rows: list[tuple[str, str, str]] = []
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Branch):
            rows += _describe(kind, f"{prefix}{name}{DELIMITER}")
        else:
            default = field.get_default(call_default_factory=True)
            rows.append((f"{prefix}{name}".upper(), _as_variable(default), field.description or ""))
    return rows


def _as_variable(value: object) -> str:
    """Return a value as a variable holds it: several as JSON, none as nothing."""
    if isinstance(value, tuple | dict):
        return json.dumps(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _explain(error: ValidationError) -> str:
    """Say everything that is wrong, in one sentence each; what was found is quoted unless it may be a secret."""
    said = []
    for each in error.errors(include_url=False):
        place = ".".join(str(part) for part in each["loc"])
        if each["type"] == "extra_forbidden":
            said.append(f"unknown setting «{place}»; `callguard doctor --settings` lists the known ones")
        else:
            said.append(f"setting «{place}» is wrong{_found(each['loc'], each.get('input'))}: {each['msg']}")
    return "; ".join(said)


def _found(place: tuple[int | str, ...], value: object) -> str:
    """Return what was found in brackets; nothing for tables and lists, nor where it might be a secret or hold one."""
    is_secret = place[:1] == ("notify",) or any(word in str(place[-1]) for word in ("token", "password", "secret", "url"))
    return "" if is_secret or not isinstance(value, str | int | float) else f" ({value!r:.60})"
