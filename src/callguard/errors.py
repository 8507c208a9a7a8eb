"""Every error that callguard raises on purpose.

CallguardError
├── SettingsError        arguments, configuration or environment are wrong
│   └── PolicyError      a policy or rules file is broken
├── InputError           what came in from outside cannot be used
│   ├── TakenError       somebody else was first
│   ├── AudioFormatError audio that is truncated, lying or of an unknown kind
│   └── ProtocolError    a telephony peer broke its own protocol
├── CapacityError        a new call would harm running ones
│   └── StillEndingError the call has come before, and its last words are still being understood
├── EngineError          a model or detector failed
│   ├── ModelMissingError  weights are neither on disk nor to be had
│   ├── LanguageError    the model does not know the language of the speech
│   └── OverloadError    the request was dropped: its queue was full or its deadline had passed
├── StoreError           what had to be kept could not be kept
├── AccessError          this person may not do this
│   └── ChoosePasswordError  a one-time password was right; the person must choose their own
├── NotFoundError        what was asked for does not exist
└── ServiceError         a port, peer or process that is needed is not there

A message says what was found, what was expected and what to do. It never holds speech, transcript, phone number or secret.
"""

from typing import ClassVar


class CallguardError(Exception):
    """Root of the tree; `code` is what logs, metrics and consoles use, `exit_code` what the command line ends with."""

    code: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = 1


class SettingsError(CallguardError):
    """Arguments, configuration or environment are wrong."""

    code = "settings"
    exit_code = 2


class PolicyError(SettingsError):
    """A policy or rules file is broken; the message names file, place and remedy."""

    code = "policy"


class InputError(CallguardError):
    """What came in from outside cannot be used."""

    code = "input"


class TakenError(InputError):
    """What somebody asks for is somebody else's already."""

    code = "taken"


class AudioFormatError(InputError):
    """Audio is truncated, lies about itself or is of an unknown kind."""

    code = "audio_format"


class ProtocolError(InputError):
    """A telephony peer broke its own protocol."""

    code = "protocol"


class CapacityError(CallguardError):
    """A new call is refused because running ones would suffer."""

    code = "capacity"


class StillEndingError(CapacityError):
    """A call that has come before comes again while its last words are still being understood; ask again in a moment."""

    code = "still_ending"


class EngineError(CallguardError):
    """A model or detector failed; never to be read as «no speech» or «no risk»."""

    code = "engine"


class ModelMissingError(EngineError):
    """Weights are neither on disk nor to be had."""

    code = "model_missing"


class LanguageError(EngineError):
    """The model does not know the language of the speech; it has not failed."""

    code = "language"


class OverloadError(EngineError):
    """A request was dropped because its queue was full or its deadline had passed."""

    code = "overload"


class StoreError(CallguardError):
    """What had to be kept could not be kept."""

    code = "store"


class AccessError(CallguardError):
    """This person may not do this."""

    code = "access"


class ChoosePasswordError(AccessError):
    """A one-time password was right; its owner must choose their own before anything else."""

    code = "choose_password"


class NotFoundError(CallguardError):
    """What was asked for does not exist."""

    code = "not_found"


class ServiceError(CallguardError):
    """A port, peer or process that is needed is not there."""

    code = "service"
