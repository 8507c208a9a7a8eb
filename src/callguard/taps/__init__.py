"""Taps speak one telephony protocol each, tell the two parties apart and notice gaps."""
