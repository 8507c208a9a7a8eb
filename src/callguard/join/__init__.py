"""Senior staff in a call: listen, whisper to the agent, interject, take over."""
