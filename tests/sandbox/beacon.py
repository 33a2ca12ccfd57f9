"""An example of a vendor of checks from outside the repository, beside those that are inside."""

from __future__ import annotations

from proxy.vendors import (
    Callback,
    Case,
    Hmac,
    Identity,
    Integration,
    JsonApi,
    Limits,
    Reason,
    RequestHeaders,
    Result,
    SettingsReader,
    Started,
    StartRequest,
    Status,
    Upstream,
    Upstreams,
    Waiting,
    as_text,
    as_word,
    read_whole_object,
)

_ENDS = {"clear": Status.APPROVED, "refused": Status.REJECTED}


class Beacon(Identity):
    """Beacon as a vendor of identity checks: its links work once."""

    name = "beacon"
    limits = Limits(reference=128, callback_url=255, success_url=255, error_url=255)
    has_single_use_links = True

    def __init__(self, upstream: Upstream, secret: str) -> None:
        self._api = JsonApi(upstream, {"Authorization": f"Bearer {secret}"})
        self.proof = Hmac(("Beacon-Signature",), (secret,))
        self.upstreams = (upstream,)

    def start(self, request: StartRequest) -> Started:
        """Begin a session; see Reference.start."""
        asked = {"reference": request.reference, "callbackUrl": request.callback_url}
        session = self._api.call("POST", "/sessions", asked).json_object()
        return Started(Case(session["id"]), session["url"], 30 * 60)

    def resume(self, case: Case) -> Started | None:
        """Ask for a new link; see Reference.resume."""
        session = self._api.call("POST", f"/sessions/{case.reference}/links", {}).json_object()
        return Started(case, session["url"], 30 * 60)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - the body has all
        """Read a signed callback; see CalledBack.read_callback."""
        event = read_whole_object(body)
        return Callback(as_text(event.get("reference")), Case(str(event.get("id"))))

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request
        """Ask for the session; see Reference.fetch_result."""
        session = self._api.call("GET", f"/sessions/{case.reference}").agreed_object()
        word = as_text(session.get("status")) or ""
        if word == "begun":
            return None
        reason = Reason(as_word(word), as_word(word))
        if word not in _ENDS:
            return Waiting(reason)
        why = None if word == "clear" else reason
        return Result(_ENDS[word], {}, why, echoed_reference=as_text(session.get("reference")))


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Beacon, ...]:
    """Return Beacon as the settings `BEACON_…` describe it."""
    upstream = upstreams.at("beacon", reader.base_url("BEACON_BASE_URL"))
    return (Beacon(upstream, reader.secret("BEACON_SECRET")),)


BEACON = Integration("beacon", build)
