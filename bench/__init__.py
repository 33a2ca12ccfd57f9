"""Measurements of the running app, beside others at the same work; `python -m bench --help`.

Everything stays on loopback, is started here and is bounded in time.
"""
