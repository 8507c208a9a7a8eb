"""Tests of `callguard.join`."""
