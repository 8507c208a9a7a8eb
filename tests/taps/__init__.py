"""Tests of `callguard.taps`."""
