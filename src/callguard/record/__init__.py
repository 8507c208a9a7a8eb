"""Record keeps every event, the audio and the users."""
