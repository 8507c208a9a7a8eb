"""Transcribe writes speech down: one engine per device, shared by all calls."""
