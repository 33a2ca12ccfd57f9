"""Measurements of the running app; everything stays on loopback and is bounded in time."""
