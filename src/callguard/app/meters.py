"""Which queues and losses of a running server the metrics ask about."""

from callguard.deliver.hub import Hub
from callguard.deliver.metrics import Metrics
from callguard.publisher import Publisher
from callguard.record.audio import AudioRecorder
from callguard.record.writer import EventWriter
from callguard.transcribe.keywords import KeywordSpotter
from callguard.transcribe.transcriber import Transcriber


def watch(
    metrics: Metrics,
    *,
    transcriber: Transcriber,
    spotter: KeywordSpotter | None,
    writer: EventWriter,
    hub: Hub,
    publisher: Publisher,
    recorder: AudioRecorder | None,
) -> None:
    """Let the metrics ask these parts whenever figures are read."""
    metrics.watch_queue("engine", lambda: transcriber.waiting)
    if spotter is not None:
        metrics.watch_queue("keywords", lambda: spotter.waiting)
    metrics.watch_queue("store", lambda: writer.backlog)
    metrics.watch_queue("console", lambda: hub.backlog)
    metrics.watch_loss("stored events", lambda: writer.health.lost)
    metrics.watch_loss("sent events", lambda: publisher.lost)
    metrics.watch_loss("consoles dropped", lambda: hub.dropped)
    if recorder is not None:
        metrics.watch_queue("audio", lambda: recorder.backlog)
        metrics.watch_loss("audio samples", lambda: recorder.lost_samples)
