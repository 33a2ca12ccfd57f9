"""The operator's workspace at a connected vendor: its people ask, and hear of verifications.

Only the wiring comes in here.
"""
