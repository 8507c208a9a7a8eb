"""An installation that stands as it is written here, for the admins' pages."""

from dataclasses import dataclass
from datetime import UTC, datetime

from callguard.accounts import User
from callguard.deliver.budget import BUDGET_MS
from callguard.errors import NotFoundError, PolicyError
from callguard.operations import (
    Budget,
    CallStanding,
    EngineRoom,
    EngineStanding,
    LadderStep,
    ModelShelf,
    ModelStanding,
    PolicyChange,
    PolicyReport,
    PolicyVersion,
    PullStanding,
    RetentionStanding,
    StepShare,
    TapStanding,
)
from callguard.taps.recipes import twilio_recipes


class PlainPolicies:
    """Keeps what is proposed; knows one version from the start."""

    def __init__(self) -> None:
        self.kept = {"standard 1": "version = 1  # sound"}
        self.running = "standard 1"

    async def versions(self) -> list[PolicyVersion]:
        return [
            PolicyVersion(
                label=label,
                summary="Calm first.",
                origin="bundled" if label == "standard 1" else "sent",
                is_running=label == self.running,
                note="" if label == "standard 1" else "fewer false alarms",
                added_at=None if label == "standard 1" else datetime(2026, 11, 20, tzinfo=UTC),
                added_by="" if label == "standard 1" else "adam",
                used_at=None,
                used_by="",
            )
            for label in self.kept
        ]

    async def text(self, label: str) -> str:
        if label not in self.kept:
            raise NotFoundError("no such version is kept")
        return self.kept[label]

    def report(self, text: str) -> PolicyReport:
        is_sound = "sound" in text
        problems = () if is_sound else ("the policy that was sent, line 3: «pace» is missing; add it",)
        change = PolicyChange(place="climb.mild_count", was="3", now="4")
        return PolicyReport(
            label="standard 2" if is_sound else "",
            summary="Calm first." if is_sound else "",
            against=self.running,
            problems=problems,
            changes=(change,) if is_sound else (),
        )

    async def propose(self, text: str, *, note: str, by: User) -> str:
        if "sound" not in text:
            raise PolicyError("line 3: it is not sound")
        self.kept["standard 2"] = text
        return "standard 2"

    async def use(self, label: str, by: User) -> str:
        await self.text(label)
        self.running = label
        return label


@dataclass
class PlainModels:
    """Has one model on disk; fetching another only begins."""

    pulled: str = ""
    checked: str = ""

    def shelf(self) -> ModelShelf:
        return ModelShelf(
            engine="whisper base.en",
            detail="It runs on cpu with 2 workers.",
            is_fallback=False,
            may_pull=True,
            models=tuple(self._model(name) for name in ("base.en", "small.en")),
        )

    async def pull(self, name: str, by: User) -> None:
        if name not in {"base.en", "small.en"}:
            raise NotFoundError("there is no such model")
        self.pulled = name

    async def verify(self, name: str, by: User) -> None:
        if name != "base.en":
            raise NotFoundError("it is not on disk")
        self.checked = name

    def _model(self, name: str) -> ModelStanding:
        is_here = name == "base.en"
        return ModelStanding(
            name=name,
            repository=f"Systran/faster-whisper-{name}",
            languages="en",
            licence="MIT",
            note="The usual one." if is_here else "Hears better, costs three times as much.",
            megabytes=145 if is_here else 484,
            margin_s=2.6,
            minimum_s=10.0,
            is_on_disk=is_here,
            bytes_on_disk=145_000_000 if is_here else 0,
            is_running=is_here,
            is_chosen=is_here,
            checked="sound" if self.checked == name else "",
            faults=(),
            pull=PullStanding(state="running", told="model.bin, 30 % of 484.0 MB", bytes_here=145_200_000)
            if self.pulled == name
            else None,
        )


class PlainOperations:
    """An installation that stands as it is written here; its budget is measured by nobody."""

    def __init__(self) -> None:
        self.policies = PlainPolicies()
        self.models = PlainModels()
        self.room = EngineRoom(
            minutes=5,
            engines=(
                EngineStanding(
                    name="whisper base.en",
                    detail="It runs on cpu with 2 workers.",
                    is_running=True,
                    is_fallback=False,
                    queue=3,
                    queue_room=256,
                    workers=2,
                    busy=2,
                    batch_limit=4,
                    mean_batch=1.4,
                    real_time_factor=0.08,
                    decoded=412,
                    dropped=0,
                ),
            ),
            ladder=tuple(
                LadderStep(step=step, is_there=step != "smaller_model", is_now=step == "no_agent_partials", is_chosen=False)
                for step in ("no_agent_partials", "no_caller_partials", "no_agent", "smaller_model", "keywords", "not_guarded")
            ),
            late_s=0.62,
            calls=1,
            most_calls=40,
            full_because="the machine is busy and running calls come first; try again later or add a machine",
            expected_share=0.71,
            refused=2,
            running=(
                CallStanding(
                    call_id="c1",
                    tap="twilio",
                    line="Repairs",
                    started_at=datetime(2026, 11, 20, 14, 3, tzinfo=UTC),
                    guard="degraded",
                    because="The machine is busy: the agent's words appear when a sentence has ended.",
                    late_s=0.62,
                ),
            ),
        )

    def taps(self, web_url: str) -> list[TapStanding]:
        twilio = TapStanding(
            name="twilio",
            is_enabled=True,
            address="ws://127.0.0.1:8081/twilio",
            calls=1,
            not_guarded=1,
            started=12,
            refused=2,
            lost_audio_s=1.4,
            last_audio_at=datetime(2026, 11, 20, 14, 4, tzinfo=UTC),
            trouble="handshake without a valid signature or token refused",
            trouble_at=datetime(2026, 11, 20, 13, 1, tzinfo=UTC),
            warnings=("no_public_url", "no_signature"),
            recipes=twilio_recipes("ws://127.0.0.1:8081/twilio", language="en"),
        )
        audiosocket = TapStanding(
            name="audiosocket",
            is_enabled=False,
            address="",
            calls=0,
            not_guarded=0,
            started=0,
            refused=0,
            lost_audio_s=0.0,
            last_audio_at=None,
            trouble="",
            trouble_at=None,
            warnings=(),
            recipes=(),
        )
        return [twilio, audiosocket]

    def engine_room(self) -> EngineRoom:
        return self.room

    def budget(self) -> Budget:
        figures = {"tap": 12.0, "hangover": 400.0, "queue": 31.0, "decode": 290.0, "score": 9.0, "deliver": 40.0}
        steps = [
            StepShare(
                step=step,
                limit_ms=limit_ms,
                count=57 if step in figures else 0,
                p50_ms=figures.get(step) and round(figures[step] / 2, 1),
                p95_ms=figures.get(step),
                over_ms=figures[step] - limit_ms if step in figures else None,
            )
            for step, limit_ms in BUDGET_MS.items()
        ]
        return Budget(minutes=5, steps=tuple(steps))

    async def retention(self) -> RetentionStanding:
        return RetentionStanding(
            policy="standard 1",
            ordinary_days=30,
            reviewed_days=365,
            incident_days=2190,
            caller_days=1095,
            keeps_audio=True,
            last_run_at=datetime(2026, 11, 20, 3, 0, tzinfo=UTC),
            last_run="14 calls and 0 callers were deleted",
        )
