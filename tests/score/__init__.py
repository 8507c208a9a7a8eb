"""Tests of `callguard.score`."""
