"""Tests of `callguard.demo`."""
