"""Tests of `callguard.app`."""
