"""Deliver puts decisions in front of people: consoles, WebSocket and REST API."""
