"""Tests of `callguard.deliver`."""
