"""Guarded doors: callers without a marketplace session, let in by a token or a password.

Only the wiring comes in here.
"""
