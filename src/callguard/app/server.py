"""A process that guards: taps, engine, store and consoles joined."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import uvicorn
from prometheus_client import ProcessCollector

from callguard.announced import Announcements
from callguard.app.acts import build_desk
from callguard.app.aftercare import Aftercare, rules_of
from callguard.app.call_making import CallMaker, adopt
from callguard.app.choices import Choices
from callguard.app.joins import build_joins
from callguard.app.keeping_up import load_control
from callguard.app.leftovers import last_number, leave_number, take_over
from callguard.app.lifecycle import WebServer, listen, run_server, url_of, web_config
from callguard.app.meters import watch
from callguard.app.overview import Overview
from callguard.app.parts import Parts, engine_settings
from callguard.app.policy_versions import policy_called
from callguard.app.post import Post
from callguard.app.replays import build_exports, build_replays, build_reviews, build_tuning
from callguard.app.restoring import restore
from callguard.app.sound_keeping import record_audio
from callguard.app.spoken_prompts import build_spoken
from callguard.app.tap_room import build_taps
from callguard.app.teams import Teams
from callguard.app.web_lines import WebLines
from callguard.clock import Clock, SystemClock
from callguard.deliver.auth import Doorkeeper, create_first_admin
from callguard.deliver.hub import Hub
from callguard.deliver.messages import beat
from callguard.deliver.metrics import CollectorRegistry, Metrics
from callguard.deliver.passwords import Passwords
from callguard.deliver.ports import Health
from callguard.deliver.readings import Readings
from callguard.deliver.web import create_web
from callguard.events import CallEnded, CallStarted, Event
from callguard.guard import Guard
from callguard.human_acts import AgentAssigned
from callguard.join.rooms import Rooms
from callguard.load import Step
from callguard.media.listening import SpeechJudge
from callguard.media.silero import Silero
from callguard.publisher import Publisher
from callguard.record.audio import AudioRecorder
from callguard.record.excerpt import Excerpts
from callguard.record.spare import SpareJournal
from callguard.record.store import SqlStore
from callguard.record.vault import Vault
from callguard.record.writer import EventWriter
from callguard.score.letters import LetterReader
from callguard.score.scorer import Scorer
from callguard.settings import Settings, TranscribeSettings
from callguard.taps.tap import Tap
from callguard.transcribe.auto import build_spotter, open_transcriber
from callguard.transcribe.relief import Relief
from callguard.transcribe.transcriber import EngineInfo, Transcriber

log = logging.getLogger(__name__)

OpenEngine = Callable[[TranscribeSettings, Clock], Coroutine[Any, Any, Transcriber]]
"""Chooses and starts the speech engine; it may take as long as its weights take to come."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What somebody who started a server may know and use of it."""

    url: str
    """Of the consoles."""
    taps: Mapping[str, str]
    """Address by name of the tap."""
    engine: EngineInfo
    store: SqlStore
    passwords: Passwords
    doorkeeper: Doorkeeper
    first_admin_password: str
    """Of the user «admin», made just now; empty if there were users already."""


class Server:
    """One process that guards: taps, engine, consoles and API."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        *,
        scorer: Scorer | None = None,
        open_engine: OpenEngine = open_transcriber,
    ) -> None:
        self._settings, self._scorer, self._open_engine = settings, scorer, open_engine
        self._clock = clock or SystemClock()
        self._stopping, self._again = asyncio.Event(), asyncio.Event()

    def reload(self) -> None:
        """Read again which policy new calls get; running calls end under their own."""
        self._again.set()

    def stop(self) -> None:
        """Let `run` return after the calls have said their last words."""
        self._stopping.set()

    async def run(self, started: Callable[[Running], None]) -> None:
        """Serve until `stop`; `started` is called once everything listens.

        Raises SettingsError, PolicyError, ServiceError (a port is taken), StoreError or EngineError, alone or in a group.
        """
        settings = self._settings
        async with contextlib.AsyncExitStack() as stack:
            listener = stack.enter_context(contextlib.closing(listen(settings.http.host, settings.http.port)))
            store = await SqlStore.open(settings.database_url)
            stack.push_async_callback(store.close)
            transcriber = await self._unless_stopped(self._open_engine(engine_settings(settings), self._clock))
            if transcriber is None:
                return
            stack.push_async_callback(transcriber.close)
            spotter = build_spotter(settings.transcribe, self._clock)
            parts = Parts(settings, self._clock, transcriber, spotter=spotter, scorer=self._scorer)
            if spotter is not None:
                stack.push_async_callback(spotter.close)
                await spotter.start()
            await asyncio.to_thread(parts.scorer.warm)
            recorder = record_audio(settings, stack)
            post = Post(settings, store, self._clock, policy=lambda: parts.policy)
            spare, vault = await take_over(settings, store, stack)
            house = _House(
                parts, transcriber, store, recorder, spare, post=post, vault=vault, last_seq=await last_number(settings, store)
            )
            await store.mark_interrupted(self._clock.utc_now())
            await house.choices.load()
            await house.run(listener, started, self._stopping, self._again)
            await leave_number(settings, store, house.last_seq)

    async def _unless_stopped(self, opening: Coroutine[Any, Any, Transcriber]) -> Transcriber | None:
        """Return the engine, None if `stop` comes first: weights may be on their way, which a later start goes on with."""
        engine, stopped = asyncio.ensure_future(opening), asyncio.ensure_future(self._stopping.wait())
        try:
            await asyncio.wait([engine, stopped], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            engine.cancel()  # says nothing to one that is open
            await asyncio.wait([engine])
        return None if engine.cancelled() else engine.result()


class _House:
    """The parts of a running server, joined."""

    def __init__(
        self,
        parts: Parts,
        transcriber: Transcriber,
        store: SqlStore,
        recorder: AudioRecorder | None,
        spare: SpareJournal,
        *,
        post: Post,
        vault: Vault,
        last_seq: int,
    ) -> None:
        settings, clock = parts.settings, parts.clock
        self._settings = settings
        self._clock = clock
        self._parts = parts
        self._transcriber = transcriber
        self._store = store
        self._post = post
        self._is_ready = False
        self._registry = CollectorRegistry()
        self._overview = Overview(parts, clock)
        self._metrics = Metrics(self._registry, self._overview.steps)
        self._teams = Teams(store)
        self._readings = Readings(store.tasks, clock)
        self._hub = Hub(
            last_seq=last_seq,
            listener_queue=settings.http.listener_queue,
            team_of=self._teams.team_of,
            heard_live=self._readings.heard_live,
        )
        self._writer = EventWriter(store, clock=clock, capacity=settings.record.queue, on_health=lambda _: self._tell_health())
        self._load = load_control(parts)
        self._told_health: Health | None = None
        self._told_step = Step.ALL
        self._publisher = Publisher(
            self._writer,
            self._hub.publish,
            clock,
            last_seq=last_seq,
            observe=self._see,
            spare=spare,
            bring_home=partial(spare.move_into, store),
            team_of=self._teams.team_of,
        )
        self._aftercare = Aftercare(
            store,
            vault,
            rules=lambda: rules_of(parts.policy, organisation=settings.organisation, zone=settings.zone),
            clock=clock,
            publish=self._publisher.publish,
            settled=self._settled,
            outbox=post.mailroom,
        )
        self._rooms, self._announced = Rooms(), Announcements(clock)
        self._tasks: asyncio.TaskGroup | None = None
        self._maker = CallMaker(
            parts,
            transcriber,
            self._publisher,
            self._aftercare,
            rooms=self._rooms,
            recorder=recorder,
            load=self._load,
            begin_soon=self._begin_soon,
            announced=self._announced,
        )
        self._guard = Guard(
            self._maker.make,
            SpeechJudge(Silero()),
            clock,
            max_calls=settings.taps.max_calls,
            forget=self._maker.forget,
            let_go=self._maker.let_go,
            load=self._load,
            weighed=self._weighed,
            refused=self._refused,
        )
        self.choices = Choices(store, parts, self._guard, clock, agent_of=self._publisher.agent_of)
        self._lines = WebLines(settings, clock)
        self._joins = build_joins(self._guard, self._publisher, self._rooms, parts)
        self._spoken = build_spoken(settings.decide.spoken_prompts, self._guard, self._begin)
        watch(
            self._metrics,
            transcriber=transcriber,
            spotter=parts.spotter,
            writer=self._writer,
            hub=self._hub,
            publisher=self._publisher,
            recorder=recorder,
        )
        ProcessCollector(registry=self._registry)
        self._metrics.watch_loss("readings not noted", lambda: self._readings.lost)
        post.watch(self._hub, self._metrics)

    @property
    def last_seq(self) -> int:
        """The newest number that was given to an event."""
        return self._publisher.last_seq

    async def run(
        self, listener: socket.socket, started: Callable[[Running], None], stopping: asyncio.Event, again: asyncio.Event
    ) -> None:
        """Guard until `stopping`, then let calls say their last words, store everything and end."""
        passwords = Passwords()
        first_admin_password = await create_first_admin(self._store, passwords) or ""
        doorkeeper = Doorkeeper(self._store, passwords, self._clock, session_hours=self._settings.http.session_hours)
        taps = [*self._lines.taps, *build_taps(self._settings.taps, self._clock, doorkeeper)]

        await self._teams.load()
        taken_up = await restore(
            self._store,
            self._clock.utc_now(),
            make_call=self._maker.make_ended,
            policy_called=partial(policy_called, self._store),
            publish=self._publisher.publish,
            adopt=partial(adopt, self._publisher, self._guard),
        )
        if taken_up:
            log.warning("calls of the last run were taken up: their alerts go on", extra={"calls": taken_up})

        def all_started(tasks: asyncio.TaskGroup) -> None:
            self._tasks, self._is_ready = tasks, True
            tasks.create_task(self._aftercare.catch_up(), name="aftercare")
            started(self._running(listener, taps, passwords, doorkeeper, first_admin_password))

        await run_server(
            taps=taps,
            guard=self._guard,
            publisher=self._publisher,
            writer=self._writer,
            web=WebServer(self._web_config(passwords, taps)),
            listener=listener,
            started=all_started,
            stopping=stopping,
            beside=[
                self._joins.run(),
                self._post.run(),
                self.choices.reload_when(again),
                self._readings.run(),
                self._aftercare.keep_up(),
            ],
        )
        await self._readings.keep()  # what consoles were sent until they were closed

    def _running(
        self,
        listener: socket.socket,
        taps: Sequence[Tap],
        passwords: Passwords,
        doorkeeper: Doorkeeper,
        first_admin_password: str,
    ) -> Running:
        return Running(
            url=self._settings.http.public_url or url_of(listener),
            taps={tap.name: tap.address for tap in taps},
            engine=self._transcriber.info,
            store=self._store,
            passwords=passwords,
            doorkeeper=doorkeeper,
            first_admin_password=first_admin_password,
        )

    def _web_config(self, passwords: Passwords, taps: Sequence[Tap]) -> uvicorn.Config:
        parts = self._parts
        desk = build_desk(
            self._guard,
            self._publisher,
            self._maker.policy_of,
            self._health,
            organisation=self._settings.organisation,
            callers=self._aftercare,
            announced=self._announced,
        )
        web = create_web(
            self._store,
            self._hub,
            desk,
            self._settings.http,
            self._clock,
            registry=self._registry,
            passwords=passwords,
            on_drawn=self._publisher.drawn,
            on_person=self._teams.learn,
            letters=LetterReader(self._parts.scorer, self._parts.settings.taps.language),
            joins=self._joins,
            lines=self._lines,
            cases=self._aftercare.cases,
            choices=self.choices,
            readings=self._readings,
            outbox=self._post,
            operations=self._overview.operations(self._store, self._guard, self._load, self.choices, taps),
            comments=self._store.comments,
            recordings=Excerpts(self._settings.data_path / "audio"),
            replays=build_replays(self._store, parts),
            reviews=build_reviews(self._store, parts),
            exports=build_exports(self._store, parts),
            tuning=build_tuning(self._store, parts, self.choices),
        )
        return web_config(web)

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        assert self._tasks is not None, "calls run while the server does"
        return self._tasks.create_task(work)

    def _begin_soon(self, work: Coroutine[Any, Any, Any]) -> None:
        if self._tasks is None:
            work.close()  # before the server runs there is nobody to be told, and nothing to be kept
        else:
            self._tasks.create_task(work)

    def _see(self, event: Event) -> None:
        self._metrics.see(event)
        self._overview.see(event)
        if self._spoken is not None:
            self._spoken.see(event)
        self._joins.see(event)
        if isinstance(event, AgentAssigned):
            self.choices.given(event)
        if isinstance(event, CallStarted | AgentAssigned):
            self._begin_soon(self._teams.learn(event.agent))
        if isinstance(event, CallEnded):
            self._begin_soon(self._aftercare.ended(event.call_id))

    def _refused(self, started: CallStarted, because: str) -> None:
        self._metrics.refuse(started.tap)
        self._overview.refuse(started, because)

    async def _settled(self) -> None:
        await self._publisher.sent()
        await self._writer.flush()

    def _health(self) -> Health:
        info = self._transcriber.info
        return Health(
            # Once no call is left, the next one is let in to try.
            is_ready=self._is_ready and not (self._guard.calls and self._overview.is_engine_failing()),
            engine=info.name,
            is_fallback=info.is_fallback,
            not_recorded_because=self._writer.health.error,
            full_because=self._guard.full_because(),
            refused_calls=self._guard.refused,
        )

    def _weighed(self) -> None:
        """Carry out what the load asks for, and tell consoles when that changes what they show."""
        self._overview.look()
        if self._load.step is not self._told_step:
            self._told_step = self._load.step
            self._metrics.stand_on(self._told_step, self._told_step.label)
            if isinstance(self._transcriber, Relief):
                self._transcriber.relieve(self._told_step >= Step.SMALLER_MODEL)
        health = self._health()
        if health != self._told_health:
            self._told_health = health
            self._tell_health()

    def _tell_health(self) -> None:
        self._hub.announce(beat(self._health(), self._clock))
