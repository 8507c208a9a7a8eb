"""Tests of `callguard.transcribe`."""
