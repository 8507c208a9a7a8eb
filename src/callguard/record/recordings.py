"""The recordings of a folder, as replay needs them. Blocking: to be called off the event loop."""

from pathlib import Path

from callguard.archive import RecordingFacts, RecordingState
from callguard.errors import NotFoundError, StoreError
from callguard.record.audio import audio_stem, recording_of
from callguard.record.peaks import Peaks, length_of, measure_peaks, peaks_file, read_peaks, write_peaks
from callguard.terms import Role

SIDES = {1: (Role.UNKNOWN,), 2: (Role.CALLER, Role.AGENT)}


class Recordings:
    """Says what there is, and measures what was never measured."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, call_id: str) -> Path:
        """Return the newest recording of a call. Raises NotFoundError."""
        found = recording_of(self._folder, call_id)
        if found is None:
            raise NotFoundError("this call has no recording: audio was not being kept, or it has been removed since")
        return found

    def facts(self, call_id: str, *, is_running: bool) -> RecordingFacts:
        """Return whether and how a call can be heard; a file that cannot be read counts as gone."""
        if is_running:
            return RecordingFacts(state=RecordingState.RUNNING)
        if recording_of(self._folder, call_id) is None:
            was_kept = peaks_file(self._folder / f"{audio_stem(call_id)}.opus").is_file()
            return RecordingFacts(state=RecordingState.GONE if was_kept else RecordingState.NOT_KEPT)
        path = self.path(call_id)
        known = read_peaks(peaks_file(path))
        try:
            # What was never measured is not measured here: a story must not wait for the decoding of an hour.
            channels, duration_s = (len(known.levels), known.duration_s) if known else length_of(path)
        except StoreError:
            return RecordingFacts(state=RecordingState.GONE)
        sides = SIDES.get(channels, ())
        return RecordingFacts(state=RecordingState.KEPT, duration_s=round(duration_s, 3), channels=sides)

    def peaks(self, call_id: str) -> Peaks:
        """Return a recording's peaks, measured now if nobody has yet. Raises NotFoundError, StoreError."""
        path = self.path(call_id)
        if (known := read_peaks(peaks_file(path))) is not None:
            return known
        measured = measure_peaks(path)
        write_peaks(path, measured)
        return measured
