"""The routes of the reference trip: those of each matter's subjects, and the vendors' callbacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from proxy.callbacks import Taker, add_callback_route
from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.callback import Destination, ReferenceCallback
from proxy.references.granting import Granting
from proxy.references.provider import Provider
from proxy.references.record_store import Listener, RecordStore
from proxy.references.start_options import read_portal_options, read_start_options
from proxy.references.subject import Subject
from proxy.references.trip import NOT_FRESH, ReferenceTrip
from proxy.sharetribe.client import User
from proxy.vendors.matters import BILLING, IDENTITY, SIGNING, Matter
from proxy.vendors.reference import Reference


@dataclass(frozen=True, slots=True)
class ServedSubject:
    """One subject at work: its records, the vendors that serve it, in their order, and the trip."""

    subject: Subject
    records: RecordStore
    providers: tuple[Provider, ...]
    trip: ReferenceTrip


@dataclass(frozen=True, slots=True)
class References:
    """All that is at work on the reference trip: its subjects, and what they share."""

    vendors: tuple[Reference, ...]
    subjects: tuple[ServedSubject, ...]
    granting: Granting


def serve_references(
    vendors: Sequence[Reference], kernel: Kernel, listeners: Sequence[Listener]
) -> References:
    """Return the vendors at work on their subjects; of those of a matter the first starts.

    `listeners` are told of each verification that counts.
    """
    stores: dict[str, RecordStore] = {}
    granting = Granting(kernel, stores)
    subjects = [
        served
        for matter in (IDENTITY, SIGNING, BILLING)
        for served in _served(
            [vendor for vendor in vendors if vendor.matter is matter], kernel, listeners, granting
        )
    ]
    stores |= {served.subject.title: served.records for served in subjects}
    return References(tuple(vendors), tuple(subjects), granting)


def _served(
    vendors: Sequence[Reference],
    kernel: Kernel,
    listeners: Sequence[Listener],
    granting: Granting,
) -> Iterator[ServedSubject]:
    """Iterate over the subjects that vendors of one matter serve."""
    for name in dict.fromkeys(name for vendor in vendors for name in vendor.subjects):
        serving = [vendor for vendor in vendors if name in vendor.subjects]
        versions = {vendor.name: vendor.subjects[name] for vendor in serving}
        subject = Subject(vendors[0].matter, name, versions)
        told = listeners if subject.matter is IDENTITY else ()
        records = RecordStore(subject, kernel, told)
        providers = tuple(Provider(vendor, subject, kernel) for vendor in serving)
        trip = ReferenceTrip(providers, records, kernel, granting)
        yield ServedSubject(subject, records, providers, trip)


def reference_routes(references: References, kernel: Kernel) -> Blueprint:
    """Return the blueprint of the reference trip, without the API prefix."""
    routes = Blueprint("references", __name__)
    for matter in dict.fromkeys(served.subject.matter for served in references.subjects):
        of_matter = [one for one in references.subjects if one.subject.matter is matter]
        _MatterRoutes(matter, of_matter, kernel).add(routes)
    vendors = references.vendors
    for name in dict.fromkeys(vendor.name for vendor in vendors):
        takers = [_taker(one, references, kernel) for one in vendors if one.name == name]
        add_callback_route(routes, takers, kernel, "", "/<reference>")
    return routes


def _taker(vendor: Reference, references: References, kernel: Kernel) -> Taker[Any]:
    destinations = [
        Destination(provider, served.records)
        for served in references.subjects
        for provider in served.providers
        if provider.vendor is vendor
    ]
    callback = ReferenceCallback(vendor, destinations, kernel, references.granting)
    return Taker(vendor, callback.take)


class _MatterRoutes:
    """The routes of one matter, over its subjects."""

    def __init__(self, matter: Matter, subjects: Sequence[ServedSubject], kernel: Kernel) -> None:
        self._matter = matter
        self._browser = kernel.browser
        self._origins = kernel.settings.marketplace_origins
        self._return_page = kernel.settings.return_page
        self._served = {served.subject.name: served for served in subjects}
        self._trips = {name: served.trip for name, served in self._served.items()}

    def add(self, routes: Blueprint) -> None:
        """Add them to a blueprint."""
        matter = self._matter
        rule = f"{matter.path}/<{matter.subject}>" if matter.subject else matter.path

        def put(rule: str, method: str, view: Callable[..., Response]) -> None:
            endpoint = f"{view.__name__}-{matter.name}"
            routes.add_url_rule(
                rule, endpoint, lambda **named: view(*named.values()), methods=[method]
            )

        put(rule, "POST", self.start)
        put(rule, "GET", self.read)
        if matter.listed:
            put(matter.path, "GET", self.read_all)
        if matter.is_lasting:
            put(f"{rule}/portal", "POST", self.portal)

    def start(self, subject: str = "") -> Response:
        """Begin a session."""
        trip = self._trip(subject)
        session = self._browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        providers = self._served[subject].providers
        vendors = {provider.vendor.name: provider.vendor for provider in providers}
        options = read_start_options(body, self._origins, vendors, self._return_page)
        return as_response(trip.start(session, options))

    def read(self, subject: str = "") -> Response:
        """Tell how a subject stands."""
        trip = self._trip(subject)
        reader = self._browser.reader(request)
        if not reader.only_looks:
            return as_response(trip.read(reader.session, fresh=self._is_fresh))
        with marketplace_problems():
            user = reader.session.show()
        return jsonify(self._glance(trip, user))

    def read_all(self) -> Response:
        """Tell how every subject stands."""
        reader = self._browser.reader(request)
        with marketplace_problems():
            user = reader.session.show()
        if reader.only_looks:
            told = [self._glance(trip, user) for trip in self._trips.values()]
        else:
            fresh = self._is_fresh
            told = [
                trip.standing(reader.session, user, fresh=fresh) for trip in self._trips.values()
            ]
        return jsonify({self._matter.listed: told})

    def _glance(self, trip: ReferenceTrip, user: User) -> dict[str, Any]:
        """Return what is told to who only looks, whom no vendor is asked for."""
        return {**trip.glance(user, leads_on=False), **(NOT_FRESH if self._is_fresh else {})}

    def portal(self, subject: str) -> Response:
        """Lead a customer to the page on which they settle things."""
        trip = self._trip(subject)
        session = self._browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        return as_response(trip.portal(session, read_portal_options(body, self._origins)))

    def _trip(self, subject: str) -> ReferenceTrip:
        trip = self._trips.get(subject)
        if trip is None:
            raise Problem("not-found")
        return trip

    @property
    def _is_fresh(self) -> bool:
        """Whether money hangs on the answer, so that no stored one will do."""
        return self._matter.is_lasting and request.args.get("fresh") == "true"
