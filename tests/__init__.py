"""The test suite; `tests.world` is what most of it runs in."""
