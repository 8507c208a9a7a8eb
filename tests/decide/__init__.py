"""Tests of `callguard.decide`."""
