"""Tests of callguard, laid out as the source is."""
