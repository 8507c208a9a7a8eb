"""Which steps this installation can take when its engine cannot keep up."""

from collections.abc import Mapping

from callguard.app.parts import Parts
from callguard.load import PARTIALS, Engine, LoadControl, Step
from callguard.transcribe.changeover import Changeover
from callguard.transcribe.engine import SharedEngine
from callguard.transcribe.relief import Relief
from callguard.transcribe.transcriber import Transcriber

CHOSEN: Mapping[str, Step] = {"both": Step.ALL, "caller": Step.NO_AGENT_PARTIALS, "none": Step.NO_CALLER_PARTIALS}


def load_control(parts: Parts) -> LoadControl:
    """Return the load control of a server."""
    spotter = parts.spotter
    return LoadControl(
        _steps(parts),
        chosen=CHOSEN[parts.settings.transcribe.partials],
        engine=lambda: _engine(parts),
        spotter_s_a_second=lambda: 0.0 if spotter is None else spotter.worker_s_a_second,
        decodes_while_people_speak=lambda: _transcriber(parts).info.decodes_while_people_speak,
        has_smaller=lambda: isinstance(parts.transcriber, Relief) and parts.transcriber.can_relieve,
    )


def _steps(parts: Parts) -> list[Step]:
    steps = [*PARTIALS, Step.NO_AGENT, Step.NOT_GUARDED]
    if isinstance(parts.transcriber, Relief):
        steps.append(Step.SMALLER_MODEL)
    if parts.spotter is not None:
        steps.append(Step.KEYWORDS)
    return steps


def _engine(parts: Parts) -> Engine | None:
    return parts.transcriber if isinstance(parts.transcriber, SharedEngine | Relief | Changeover) else None


def _transcriber(parts: Parts) -> Transcriber:
    assert parts.transcriber is not None, "a server has an engine"
    return parts.transcriber
