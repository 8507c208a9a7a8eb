"""How the installation stands, for those who run it: taps, engine, latency budget, models, policies, retention."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineFigures:
    """What one speech engine has done since it started, and what it is doing now. One engine serves one device."""

    name: str
    """Such as «whisper base.en»."""
    detail: str
    """One sentence: what it runs on."""
    is_running: bool
    """Requests come to it now; the others of an installation stand by."""
    is_fallback: bool
    queue: int
    """Requests that have not begun."""
    queue_room: int
    """How many may wait."""
    workers: int
    busy: int
    """Workers that are decoding."""
    batch_limit: int
    """The most that one worker decodes together."""
    is_counted: bool = True
    """What follows is counted; an engine that decodes while people speak has no pieces to count."""
    decoded: int = 0
    batches: int = 0
    dropped: int = 0
    """Given up for want of time or room."""
    whole_ns: int = 0
    """What workers have spent on finished speech."""
    whole_samples: int = 0
    """How much of it there was, at 16 kHz; 0 where the engine does not measure it."""
    failed_in_a_row: int = 0
    """Decodes that failed since the last one that did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStanding:
    """One speech engine as it stands now; shares and averages are of the last minutes."""

    name: str
    detail: str
    is_running: bool
    is_fallback: bool
    queue: int
    queue_room: int
    workers: int
    busy: int
    batch_limit: int
    mean_batch: float | None
    """Utterances that were decoded together; null if none were."""
    real_time_factor: float | None
    """Seconds of a worker for a second of speech; null if none was decoded or it is not measured."""
    decoded: int | None
    """Pieces of speech; null where the engine does not count them, as in `dropped`."""
    dropped: int | None
    """Given up for want of time or room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStep:
    """One step of what is given up when the engine cannot keep up."""

    step: str
    """Its stable word, such as «no_agent_partials»."""
    is_there: bool
    """This installation can take it."""
    is_now: bool
    """It is given up because of the load."""
    is_chosen: bool
    """It is given up always, because the settings say so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallStanding:
    """How well one running call is listened to. It says nothing about the people on it."""

    call_id: str
    tap: str
    line: str
    started_at: datetime
    guard: str
    because: str
    late_s: float
    """How long its oldest finished speech has been waiting for words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineRoom:
    """The load of this process."""

    minutes: int
    """What «the last minutes» are."""
    engines: tuple[EngineStanding, ...]
    ladder: tuple[LadderStep, ...]
    late_s: float
    """Age of the oldest finished speech of all calls that waits for its words."""
    calls: int
    most_calls: int
    full_because: str
    """Why a new call would be refused now; empty if it would not."""
    expected_share: float | None
    """Share of the workers' time with one more call; null while too little is known."""
    refused: int
    """Calls that were turned away since the start."""
    running: tuple[CallStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShare:
    """One part of the latency budget over the last minutes."""

    step: str
    limit_ms: int
    """What DESIGN.md allows for 95 of 100."""
    count: int
    p50_ms: float | None
    p95_ms: float | None
    over_ms: float | None
    """How much the 95th percentile is over the limit, negative if under; null if nothing was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The latency budget, live."""

    minutes: int
    steps: tuple[StepShare, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a phone system is connected, ready to be copied."""

    name: str
    """Stable word, such as «twiml»."""
    language: str
    """Of `text`: «xml», «dialplan», «shell» or «python»."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TapStanding:
    """One tap: where it listens, what came in, what was wrong, and how to connect to it."""

    name: str
    is_enabled: bool
    address: str
    """Where it listens; empty if it does not."""
    calls: int
    not_guarded: int
    """Of `calls`: those not fully guarded now."""
    started: int
    """Calls since the start."""
    refused: int
    lost_audio_s: float
    """Audio that never came, since the start."""
    last_audio_at: datetime | None
    trouble: str
    """The last thing that went wrong; empty if nothing has."""
    trouble_at: datetime | None
    warnings: tuple[str, ...]
    """Stable words for what stands in the way of a phone system elsewhere: «loopback», «open», «no_public_url»."""
    recipes: tuple[Recipe, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullStanding:
    """A model that is or was being fetched since the start."""

    state: str
    """«running», «done» or «failed»."""
    told: str
    """What the fetch said last, or why it failed."""
    bytes_here: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelStanding:
    """A speech model that callguard knows."""

    name: str
    repository: str
    languages: str
    licence: str
    note: str
    megabytes: int
    """To fetch."""
    margin_s: float
    """Silence that it is given beside the speech."""
    minimum_s: float
    """The shortest window that it is given."""
    is_on_disk: bool
    bytes_on_disk: int
    is_running: bool
    is_chosen: bool
    """The settings ask for it."""
    checked: str
    """«sound», «broken», or empty if its checksums were not compared since the start."""
    faults: tuple[str, ...]
    pull: PullStanding | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelShelf:
    """The speech models, and what the engine says of itself."""

    engine: str
    detail: str
    """What it runs on, or why it is the fallback, or that its weights are being fetched."""
    is_fallback: bool
    may_pull: bool
    models: tuple[ModelStanding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """One version of a policy."""

    label: str
    summary: str
    origin: str
    """«bundled», «sent» or «settings»."""
    is_running: bool
    note: str
    added_at: datetime | None
    added_by: str
    used_at: datetime | None
    """When new calls last began to run under it."""
    used_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """One place at which two policies differ."""

    place: str
    was: str
    """Empty where there was nothing."""
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyReport:
    """What is wrong with a policy text and, if nothing is, what it would change."""

    label: str
    """Empty if the text is too broken to say."""
    summary: str
    against: str
    """The version that is running."""
    problems: tuple[str, ...]
    changes: tuple[PolicyChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionStanding:
    """How long things are kept, in days (0 is for ever), and the last clean-up."""

    policy: str
    ordinary_days: int
    reviewed_days: int
    incident_days: int
    caller_days: int
    keeps_audio: bool
    last_run_at: datetime | None
    last_run: str
    """What it deleted, in words."""
