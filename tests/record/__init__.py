"""Tests of `callguard.record`."""
