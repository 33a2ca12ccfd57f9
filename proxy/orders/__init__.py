"""Orders at a connected vendor: a marketplace's sale becomes one, and its news comes back.

Only the wiring comes in here.
"""
