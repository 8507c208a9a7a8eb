"""What there is on this machine, and who may use it."""

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

from callguard.accounts import TokenScope, User
from callguard.app.choices import policy_in_use
from callguard.app.post import build_routes, missing_routes
from callguard.clock import SystemClock
from callguard.decide.policy import load_policy
from callguard.deliver.auth import Doorkeeper, create_user
from callguard.deliver.console import BUILT, ENTRY
from callguard.deliver.passwords import Passwords
from callguard.deliver.speech import find_speaker
from callguard.errors import ModelMissingError, StoreError
from callguard.hosts import is_everywhere, is_loopback
from callguard.record.store import SqlStore
from callguard.record.vault import open_vault
from callguard.score.factory import build_scorer
from callguard.sendings import SendingState
from callguard.settings import Settings
from callguard.taps.twilio import TwilioTap
from callguard.terms import StaffRole
from callguard.transcribe.auto import build_transcriber, start_transcriber
from callguard.transcribe.hub import Hub
from callguard.transcribe.models import RECORD, find_model, verify_model
from callguard.transcribe.transcriber import EngineInfo

LONG_WAIT = timedelta(minutes=10)
"""A sending that waits longer has a receiver that does not take it."""


async def check_engine(settings: Settings, *, is_loaded: bool) -> EngineInfo:
    """Return what would transcribe; with `is_loaded` a model that is on disk is tried out.

    Raises EngineError; ModelMissingError for weights that are not as they were pulled, too.
    """
    own = settings.transcribe
    found = None if own.engine == "pocketsphinx" else find_model(own.model, own.models_dir, Hub())
    faults = verify_model(found.folder) if found is not None and (found.folder / RECORD).is_file() else []
    if found is not None and faults:
        raise ModelMissingError(f"the model {found.name} in {found.folder} is broken: {'; '.join(faults)}")
    if not is_loaded or found is None:
        return (await build_transcriber(own, SystemClock())).info
    transcriber = await start_transcriber(own, SystemClock())
    await transcriber.close()
    return transcriber.info


def check_taps(settings: Settings) -> list[str]:
    """Return who can open calls that should not. Raises SettingsError for what no tap can work with."""
    twilio, audiosocket = settings.taps.twilio, settings.taps.audiosocket
    problems = []
    if twilio.enabled:
        TwilioTap(twilio, SystemClock())
        is_open = not twilio.auth_token.get_secret_value() and not twilio.bearer_token.get_secret_value()
        if is_open and (twilio.public_url or not is_loopback(twilio.host)):
            problems.append(f"whoever reaches the Twilio tap ({twilio.public_url or twilio.host}) can open calls")
    if audiosocket.enabled and is_everywhere(audiosocket.host):
        problems.append(f"whoever reaches the AudioSocket tap ({audiosocket.host}) can open calls")
    return problems


def check_keys(settings: Settings) -> str:
    """Say where the secret lies that callers' numbers are sealed with. Raises SettingsError if it cannot be used."""
    file = settings.caller_key_file
    if not file.exists():
        return f"{file}, which the first start makes"
    open_vault(file)
    return str(file)


def check_speaker(settings: Settings) -> str:
    """Return the program that speaks prompts; empty if none is asked for. Raises ModelMissingError if it is not there."""
    wanted = settings.decide.spoken_prompts
    return "" if wanted == "off" else find_speaker(wanted).name


def has_consoles() -> bool:
    """Whether the consoles' pages are there."""
    return (BUILT / ENTRY).is_file()


def check_scorer(settings: Settings) -> str:
    """Return the scorer's name. Raises PolicyError for broken rules."""
    return build_scorer(settings.score).name


async def check_policy(settings: Settings) -> str:
    """Return which policy is in use, and that of the settings where another was chosen. Raises PolicyError."""
    named = load_policy(settings.decide.policy).label
    try:
        store = await SqlStore.open(settings.database_url)
    except StoreError:
        return named  # what ails the database has a row of its own
    try:
        used = (await policy_in_use(store, settings)).label
    finally:
        await store.close()
    return used if used == named else f"{used} (chosen instead of {named}, which the settings name)"


async def check_database(settings: Settings) -> str:
    """Bring the database up to date and say what it holds. Raises StoreError."""
    store = await SqlStore.open(settings.database_url)
    try:
        return f"{await store.last_seq()} events"
    finally:
        await store.close()


async def check_sending(settings: Settings) -> tuple[str, list[str]]:
    """Return how telling others outside the consoles stands, and what is wrong with it.

    Raises SettingsError for a receiver that cannot be one, PolicyError, StoreError.
    """
    clock, notify = SystemClock(), settings.notify
    for route in build_routes(notify, clock).values():
        await route.close()
    store = await SqlStore.open(settings.database_url)
    try:
        counts, policy = await store.outbox.counts(), await policy_in_use(store, settings)
    finally:
        await store.close()
    problems = [f"the policy's route «{name}» is not in notify.routes" for name in missing_routes(policy, notify)]
    if failed := counts.by_state.get(SendingState.FAILED, 0):
        problems.append(f"{failed} sendings were given up")
    if counts.oldest_waiting is not None and (age := clock.utc_now() - counts.oldest_waiting) > LONG_WAIT:
        problems.append(f"the oldest sending waits for {age // timedelta(minutes=1)} min")
    return f"{len(notify.webhooks)} webhooks, {len(notify.routes)} routes to people", problems


async def new_user(settings: Settings, *, name: str, display_name: str, role: StaffRole, team: str, password: str) -> None:
    """Add somebody who may log in. Raises InputError for a name that is taken or cannot be used."""
    async with _accounts(settings) as (store, passwords):
        await create_user(store, passwords, name=name, display_name=display_name, role=role, team=team, password=password)


async def change_password(settings: Settings, name: str, password: str) -> None:
    """Change a password and end its user's sessions. Raises NotFoundError."""
    async with _accounts(settings) as (store, passwords):
        await store.set_password(name, await passwords.hash(password))


async def user_list(settings: Settings) -> list[User]:
    """Return everybody who may log in."""
    async with _accounts(settings) as (store, _):
        return await store.users()


async def new_token(settings: Settings, name: str, scope: TokenScope) -> str:
    """Make a bearer token and return it. Raises InputError if the name is taken."""
    async with _accounts(settings) as (store, passwords):
        keeper = Doorkeeper(store, passwords, SystemClock(), session_hours=settings.http.session_hours)
        return await keeper.issue_token(name, scope)


@contextlib.asynccontextmanager
async def _accounts(settings: Settings) -> AsyncIterator[tuple[SqlStore, Passwords]]:
    store, passwords = await SqlStore.open(settings.database_url), Passwords()
    try:
        yield store, passwords
    finally:
        passwords.close()
        await store.close()
