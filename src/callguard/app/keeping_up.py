"""Which steps this installation can take when its engine cannot keep up."""

from collections.abc import Mapping

from callguard.app.parts import Parts
from callguard.load import Engine, LoadControl, Step
from callguard.transcribe.engine import SharedEngine
from callguard.transcribe.relief import Relief

CHOSEN: Mapping[str, Step] = {"both": Step.ALL, "caller": Step.NO_AGENT_PARTIALS, "none": Step.NO_CALLER_PARTIALS}


def load_control(parts: Parts) -> LoadControl:
    """Return the load control of a server."""
    spotter = parts.spotter
    return LoadControl(
        _steps(parts),
        chosen=CHOSEN[parts.settings.transcribe.partials],
        engine=lambda: _engine(parts),
        spotter_s_a_second=lambda: 0.0 if spotter is None else spotter.worker_s_a_second,
    )


def _steps(parts: Parts) -> list[Step]:
    transcriber = parts.transcriber
    assert transcriber is not None, "a server has an engine"
    steps = [Step.NO_AGENT, Step.NOT_GUARDED]
    if not transcriber.info.decodes_while_people_speak:
        steps += [Step.NO_AGENT_PARTIALS, Step.NO_CALLER_PARTIALS]
    if isinstance(transcriber, Relief):
        steps.append(Step.SMALLER_MODEL)
    if parts.spotter is not None:
        steps.append(Step.KEYWORDS)
    return steps


def _engine(parts: Parts) -> Engine | None:
    return parts.transcriber if isinstance(parts.transcriber, SharedEngine | Relief) else None
