"""The routes of link pages: `/go/<matter>[/<subject>]`, and where vendors send the browser back to.

To look costs Sharetribe one read, and neither the vendor nor the records anything: links are
prefetched, scanned in mails and opened twice. Only the form that a page has handed to this very
browser begins something, and it begins what the browser's own route would (`ReferenceTrip`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from flask import Blueprint, Response, g, request

from proxy.http.bodies import read_body
from proxy.http.guards import source_of_request
from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
from proxy.languages import chosen
from proxy.links.accounts import Accounts, LinkInvalid, masked
from proxy.links.addresses import PATH, done_url
from proxy.links.pages import LOOKS, Look, Page, Pages, reason_of
from proxy.links.seals import BrowserNonce, Seals
from proxy.links.settings import LinkPages
from proxy.problems import Problem
from proxy.references.routes import ServedSubject
from proxy.references.start_options import StartOptions, taken
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.sharetribe.operator import Operator
from proxy.vendors.matters import Matter
from proxy.vendors.reference import Limits, Reference

_STYLE = Path(__file__).with_name("link-page.css").read_text(encoding="utf-8")
_STYLE_PATH = f"{PATH}/page.css"
# Another style has another address, so that nobody sees a page in an old one.
_STYLE_VERSION = sha256(_STYLE.encode()).hexdigest()[:12]
_STYLE_SECONDS = 7 * 24 * 60 * 60
_FORM_TYPE = "application/x-www-form-urlencoded"
_HOUR_SECONDS = 60 * 60
# Problems that people are told of by a page of their own; any other one is the service's refusal.
_NOTICES = {
    "too-many-starts": "too_many",
    "too-many-attempts": "slow_down",
    "marketplace-unavailable": "unavailable",
    "vendor-unavailable": "unavailable",
}


@dataclass(frozen=True, slots=True)
class _LinkedSubject:
    """One subject as link pages serve it; `provider` is named where not every vendor can be."""

    served: ServedSubject
    first: Reference
    provider: str | None

    @property
    def subject(self) -> Subject:
        return self.served.subject


def link_routes(
    subjects: Sequence[ServedSubject], links: LinkPages, operator: Operator, kernel: Kernel
) -> Blueprint:
    """Return the blueprint of link pages, without the API prefix."""
    routes = Blueprint("links", __name__, template_folder="templates")
    linked = list(_linked_subjects(subjects))
    if not linked:
        return routes

    @routes.get(_STYLE_PATH)
    def style() -> Response:
        response = Response(_STYLE, content_type="text/css; charset=utf-8")
        response.headers["Cache-Control"] = f"public, max-age={_STYLE_SECONDS}"
        return response

    views = _Views(linked, links, operator, kernel)
    for matter in dict.fromkeys(one.subject.matter for one in linked):
        rule = f"{PATH}/{matter.name}" + (f"/<{matter.subject}>" if matter.subject else "")

        def put(rule: str, method: str, view: Callable[..., Response], matter: Matter) -> None:
            def answer(trip: str | None = None, **named: str) -> Response:
                title = "/".join((matter.name, *named.values()))
                return view(title) if trip is None else view(title, trip)

            routes.add_url_rule(rule, f"{view.__name__}-{rule}", answer, methods=[method])

        put(rule, "GET", views.look, matter)
        put(rule, "POST", views.start, matter)
        put(f"{rule}/done", "GET", views.done, matter)
        put(f"{rule}/done/<trip>", "GET", views.done, matter)
    return routes


def _linked_subjects(subjects: Sequence[ServedSubject]) -> Iterator[_LinkedSubject]:
    for served in subjects:
        vendors = [provider.vendor for provider in served.providers]
        linkable = [vendor for vendor in vendors if not vendor.opens_in_frame]
        if linkable:
            provider = linkable[0].name if len(linkable) < len(vendors) else None
            yield _LinkedSubject(served, linkable[0], provider)


class _Views:
    """What the routes answer; holds nothing of any user."""

    def __init__(
        self, linked: Sequence[_LinkedSubject], links: LinkPages, operator: Operator, kernel: Kernel
    ) -> None:
        settings = kernel.settings
        self._linked = {one.subject.title: one for one in linked}
        self._settings = settings
        self._policy = kernel.policy
        self._language = links.language
        style_url = f"{settings.api_prefix}{_STYLE_PATH}?v={_STYLE_VERSION}"
        self._pages = Pages(links, style_url, is_local=settings.is_local)
        self._accounts = Accounts(operator, kernel.log_words)
        self._seals = Seals(kernel.sealer, kernel.clock)
        self._nonce = BrowserNonce(secure=settings.cookie_secure)

    def look(self, title: str) -> Response:
        """Show whose link it is, what happens next, or how it stands already."""
        return self._answer(lambda language: self._look(title, language))

    def start(self, title: str) -> Response:
        """Begin what the form of a page asks for, or go on with it; 303 to the vendor."""
        return self._answer(lambda language: self._start(title, language))

    def done(self, title: str, trip: str = "") -> Response:
        """Show how a trip stands that the vendor has sent back; of whose it was, `trip` is sealed.

        It stands in the path: some vendors take no address with a query, or add one of their own.
        """
        return self._answer(lambda language: self._done(title, trip, language))

    def _answer(self, view: Callable[[str], Response | Page]) -> Response:
        """Return what a view does; what goes wrong is a page too."""
        language = chosen(request.headers.get("Accept-Language", ""), self._language)
        try:
            answer = view(language)
        except LinkInvalid:
            g.problem_code = "not-found"
            answer = self._pages.notice(language, "invalid", status=404)
        except Problem as problem:
            answer = self._told(language, problem)
        return answer if isinstance(answer, Response) else self._pages.response(language, answer)

    def _told(self, language: str, problem: Problem) -> Page:
        g.problem_code = problem.code
        hours = math.ceil((problem.retry_after or 0) / _HOUR_SECONDS)
        return self._pages.notice(
            language,
            _NOTICES.get(problem.code, "refused"),
            hours=hours,
            status=problem.status,
            retry_after=problem.retry_after,
            again_url=None if problem.code == "too-many-starts" else _this_page(),
        )

    def _found(self, title: str) -> _LinkedSubject:
        one = self._linked.get(title)
        if one is None:
            raise LinkInvalid("nothing is linked there")
        return one

    def _look(self, title: str, language: str) -> Response | Page:
        one = self._found(title)
        user = self._accounts.find(
            request.args.getlist("user"),
            request.args.getlist("email"),
            source_of_request(request, self._settings.trusted_proxy_hops),
        )
        one, told = self._wanting(one, user)
        page = self._pages.standing(language, one.subject, told)
        if one.subject.title != title:
            page = replace(page, action=self._path(one.subject.title))
        return self._with_form(language, page, user, one.subject.title)

    def _wanting(self, one: _LinkedSubject, user: User) -> tuple[_LinkedSubject, Mapping[str, Any]]:
        """Return what a user is shown by a link, and how that stands.

        Where the user has all that it is about, that is what else a right of its rule still needs:
        a setting of Console's has one button, and a right may have several rules.
        """
        told = one.served.trip.glance(user)
        if told[one.subject.matter.flag] and "access" not in told:
            for title in self._policy.beside(one.subject.title):
                other = self._linked.get(title)
                lacking = other.served.trip.glance(user) if other is not None else {}
                if other is not None and not lacking[other.subject.matter.flag]:
                    return other, lacking
        return one, told

    def _path(self, title: str) -> str:
        return f"{self._settings.api_prefix}{PATH}/{title}"

    def _with_form(self, language: str, page: Page, user: User, title: str) -> Response:
        """Return a page with the form of this browser, which gets a nonce where it has none."""
        nonce = self._nonce.read(request.headers.get("Cookie")) or self._nonce.new()
        form = self._seals.form(user.id, title, nonce) if page.way else ""
        shown = replace(page, form=form, account=masked(user.email))
        response = self._pages.response(language, shown)
        if form:
            response.set_cookie(self._nonce.name, nonce, **self._nonce.attributes())
        return response

    def _start(self, title: str, language: str) -> Response | Page:
        one = self._found(title)
        nonce = self._nonce.read(request.headers.get("Cookie"))
        user_id = self._seals.form_user(_sent_form(), title, nonce)
        if user_id is None or not _is_of_this_site():
            g.problem_code = "cross-site"
            return self._pages.notice(language, "stale", status=403, again_url=_this_page())
        back = done_url(self._settings, title, self._seals.trip(user_id, title))
        options = StartOptions(
            locale=language,
            **_return_urls(back, one.first.limits),
            provider=one.provider,
            may_settle=False,
        )
        answer = one.served.trip.start(self._accounts.session(user_id), options)
        return Response(status=303, headers={"Location": answer.body.get("redirectUrl") or back})

    def _done(self, title: str, trip: str, language: str) -> Response | Page:
        one = self._found(title)
        user_id = self._seals.trip_user(trip, title)
        if user_id is None:
            return self._pages.notice(language, "finished")
        session = self._accounts.session(user_id)
        with marketplace_problems():
            user = session.show()
        reads = one.served.trip
        told = reads.glance(user) if request.method == "HEAD" else reads.standing(session, user)
        path = self._path(title)
        page = self._pages.standing(language, one.subject, told, is_back=True)
        page = replace(page, reason=reason_of(told), action=path)
        if page.tone == "wait":
            page = _looking(page, f"{path}/done/{trip}")
        return self._with_form(language, page, user, title)


def _sent_form() -> str:
    """Return the seal that a form was sent with, "" where there is not one; raises Problem."""
    body = read_body(request)
    if request.mimetype != _FORM_TYPE:
        return ""
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=10)
    except ValueError:
        return ""
    values = fields.get("form", [])
    return values[0] if len(values) == 1 else ""


def _is_of_this_site() -> bool:
    """Tell whether the form was sent by a page of this site, as far as the browser says.

    The pages send no referrer, and browsers then say `Origin: null`, so that says nothing (Fetch
    standard, "append a request Origin header"). Those without Sec-Fetch-Site are held by the nonce.
    """
    return request.headers.get("Sec-Fetch-Site", "same-origin") in ("same-origin", "none")


def _this_page() -> str | None:
    """Return the address of the page that was asked for, None where it is not a whole one.

    An empty one is the page's own, with its query (RFC 3986 4.4).
    """
    return "" if "user" in request.args or request.method == "GET" else None


def _return_urls(url: str, limits: Limits) -> dict[str, Any]:
    """Return where the vendor sends the browser back to, as far as it takes such an address."""
    longest = {"success_url": limits.success_url, "error_url": limits.error_url}
    return {name: taken(url, limits, longest[name]) for name in longest}


def _looking(page: Page, path: str) -> Page:
    """Return a page that looks again by itself, for a while, unless it was told to stop."""
    looks = request.args.get("looks", "0")
    count = int(looks) if looks.isascii() and looks.isdigit() and len(looks) < 4 else len(LOOKS)

    def url(looks: int) -> str:
        return f"{path}?looks={looks}"

    if count >= len(LOOKS):
        return replace(page, again_url=url(0))
    return replace(page, look=Look(LOOKS[count], url(count + 1), url(len(LOOKS))))
