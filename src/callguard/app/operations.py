"""How the installation stands, put together for the admins' pages."""

from collections.abc import Sequence
from urllib.parse import urlsplit

from callguard.app.call_watch import CallWatch, lost_s
from callguard.app.engine_watch import MINUTES, EngineWatch
from callguard.app.model_room import ModelRoom
from callguard.app.parts import Parts
from callguard.app.policy_versions import PolicyVersions
from callguard.clock import Clock
from callguard.deliver.budget import RecentSteps
from callguard.guard import Guard
from callguard.hosts import is_everywhere, is_loopback
from callguard.load import LoadControl, Step
from callguard.media.listening import Listening
from callguard.operations import Budget, EngineRoom, LadderStep, Recipe, RetentionStanding, TapStanding
from callguard.record.retention import SWEEP
from callguard.record.store import SqlStore
from callguard.taps.browser_recipes import browser_recipes
from callguard.taps.complaints import Complains
from callguard.taps.recipes import audiosocket_recipes, twilio_recipes
from callguard.taps.tap import Tap
from callguard.terms import GuardLevel

FULLY = frozenset({GuardLevel.GUARDED.value})
OF_SETTINGS = ("twilio", "audiosocket", "webrtc")


class Operations:
    """Reads what the parts of a running server know of themselves; changes models and policies only."""

    def __init__(
        self,
        parts: Parts,
        store: SqlStore,
        guard: Guard[Listening],
        load: LoadControl,
        clock: Clock,
        *,
        taps: Sequence[Tap],
        engines: EngineWatch,
        calls: CallWatch,
        steps: RecentSteps,
        models: ModelRoom,
        policies: PolicyVersions,
    ) -> None:
        self.models = models
        self.policies = policies
        self._parts = parts
        self._taps = taps
        self._store = store
        self._guard = guard
        self._load = load
        self._clock = clock
        self._engines = engines
        self._calls = calls
        self._steps = steps

    def engine_room(self) -> EngineRoom:
        """Return the load."""
        calls, now_ns = self._guard.calls, self._clock.monotonic_ns()
        standings = sorted((self._calls.standing(call) for call in calls), key=lambda one: (one.guard in FULLY, one.started_at))
        step, chosen = self._load.step, self._load.chosen
        return EngineRoom(
            minutes=MINUTES,
            engines=self._engines.engines(),
            ladder=tuple(
                LadderStep(
                    step=one.label,
                    is_there=one in self._load.steps,
                    is_now=chosen < one <= step and one in self._load.steps,
                    is_chosen=one <= chosen,
                )
                for one in Step
                if one is not Step.ALL
            ),
            late_s=round(max((call.late_s(now_ns) for call in calls), default=0.0), 2),
            calls=len(calls),
            most_calls=self._parts.settings.taps.max_calls,
            full_because=self._guard.full_because(),
            expected_share=self._load.share(len(calls) + 1),
            refused=self._guard.refused,
            running=tuple(standings),
        )

    def budget(self) -> Budget:
        """Return the latency budget over the last minutes."""
        return self._steps.budget()

    async def retention(self) -> RetentionStanding:
        """Return how long things are kept, and the last clean-up."""
        kept = self._parts.policy.retention
        runs = await self._store.tasks.audit_entries(what=[SWEEP], limit=1)
        return RetentionStanding(
            policy=self._parts.policy.label,
            ordinary_days=kept.ordinary_days,
            reviewed_days=kept.reviewed_days,
            incident_days=kept.incident_days,
            caller_days=kept.caller_days,
            keeps_audio=self._parts.settings.record.audio,
            last_run_at=runs[0].at if runs else None,
            last_run=runs[0].detail if runs else "",
        )

    def taps(self, web_url: str) -> list[TapStanding]:
        """Return the taps that run, then those that the settings switch off."""
        running = {tap.name: tap for tap in self._taps}
        host = urlsplit(web_url).hostname or ""
        return [self._tap(name, running.get(name), host, web_url) for name in dict.fromkeys((*running, *OF_SETTINGS))]

    def _tap(self, name: str, tap: Tap | None, host: str, web_url: str) -> TapStanding:
        figures, calls = self._calls.tap(name), [call for call in self._guard.calls if call.started.tap == name]
        address = tap.address if tap else ""
        if address.startswith("/"):  # a route of ours
            address = f"{web_url}{address}"
        trouble, trouble_at = figures.trouble, figures.trouble_at
        if isinstance(tap, Complains) and tap.complaint is not None:
            said_at = self._calls.when(tap.complaint.at_ns)
            if trouble_at is None or said_at > trouble_at:
                trouble, trouble_at = tap.complaint.text, said_at
        heard = [self._calls.when(call.last_audio_ns) for call in calls]
        return TapStanding(
            name=name,
            is_enabled=tap is not None,
            address=address,
            calls=len(calls),
            not_guarded=sum(self._calls.standing(call).guard not in FULLY for call in calls),
            started=figures.started,
            refused=figures.refused,
            lost_audio_s=lost_s(figures),
            last_audio_at=max(heard, default=figures.last_audio_at),
            trouble=trouble,
            trouble_at=trouble_at,
            warnings=self._warnings(name, address),
            recipes=self._recipes(name, _reachable(address, host), web_url) if address else (),
        )

    def _recipes(self, name: str, address: str, web_url: str) -> tuple[Recipe, ...]:
        settings = self._parts.settings.taps
        if name == "twilio":
            return twilio_recipes(settings.twilio.public_url or address, language=settings.language)
        if name == "webrtc":
            return browser_recipes(web_url)
        if name == "audiosocket":
            return audiosocket_recipes(address, web_url=web_url, language=settings.language)
        return ()

    def _warnings(self, name: str, address: str) -> tuple[str, ...]:
        twilio = self._parts.settings.taps.twilio
        if not address:
            return ()
        found = []
        if name == "twilio" and not twilio.public_url:
            found.append("no_public_url")
        elif name == "audiosocket" and is_loopback(_host_of(address)):
            found.append("loopback")
        if name == "audiosocket":
            found.append("open")
        if name == "twilio" and not (twilio.auth_token.get_secret_value() or twilio.bearer_token.get_secret_value()):
            found.append("no_signature")
        return tuple(found)


def _host_of(address: str) -> str:
    return urlsplit(address if "://" in address else f"//{address}").hostname or ""


def _reachable(address: str, host: str) -> str:
    """Return the address with the host at which the reader's browser found us, where a tap listens on all of them."""
    own = _host_of(address)
    if not own or not host or not is_everywhere(own):
        return address
    return address.replace(f"[{own}]" if ":" in own else own, f"[{host}]" if ":" in host else host, 1)
