"""To be written."""

from bench.setting import Setting

NEEDS: tuple[str, ...] = ()


def measure(setting: Setting) -> str:
    """."""
    return ""
