"""Tests of `callguard.media`."""
