"""Tests of `callguard.cli`."""
