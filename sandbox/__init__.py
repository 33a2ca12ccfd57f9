"""Simulators of the outside systems, for development and tests; not for production.

Each simulator is written from its vendor's public documentation and imports nothing of the product,
so that one misunderstanding cannot hide on both sides. Everything lives in memory and listens on
loopback only; secrets are made anew at every start.
"""
