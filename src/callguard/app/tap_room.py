"""The taps that the settings ask for."""

from callguard.clock import Clock
from callguard.deliver.auth import Doorkeeper
from callguard.media.g711 import encode_mulaw
from callguard.settings import TapSettings
from callguard.taps.audiosocket import AudioSocketTap
from callguard.taps.tap import Tap
from callguard.taps.twilio import TwilioTap


def build_taps(settings: TapSettings, clock: Clock, doorkeeper: Doorkeeper) -> list[Tap]:
    """Return the taps that are switched on; none listens yet. `doorkeeper` knows which phone systems may bring calls."""
    taps = list[Tap]()
    if settings.twilio.enabled:
        admits = doorkeeper.admits_tap
        taps.append(TwilioTap(settings.twilio, clock, language=settings.language, admits=admits, encode=encode_mulaw))
    if settings.audiosocket.enabled:
        taps.append(AudioSocketTap(settings.audiosocket, clock, language=settings.language))
    return taps
