"""Where this app listens: for the server, and for settings that must lead elsewhere."""

from __future__ import annotations

from proxy.settings_reader import SettingsReader

DEFAULT_PORT = 8000
_HOST = r"[0-9A-Za-z.:-]+"


def read_listening(reader: SettingsReader) -> tuple[str, int]:
    """Return host and port of the app; reports what is wrong with either."""
    # A router stands in front.
    host = read_host(reader, "HOST", "0.0.0.0")  # noqa: S104
    return host, reader.integer("PORT", DEFAULT_PORT, minimum=1, maximum=65_535)


def read_host(reader: SettingsReader, variable: str, default: str) -> str:
    """Return the address to listen at; reports one that cannot be."""
    form = "an address or a name of this machine, without a port"
    return reader.text(variable, default, pattern=_HOST, form=form)


def bind_of(host: str, port: int) -> str:
    """Return `host:port` as gunicorn takes it (RFC 3986 3.2.2: IPv6 in brackets)."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
