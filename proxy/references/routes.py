"""The routes of the reference trip: those of each matter's subjects, and the vendors' callbacks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, jsonify, request

from proxy.callbacks import Taker, add_callback_route
from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.http.upstream_problems import marketplace_problems
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.callback import Desk, ReferenceCallback
from proxy.references.provider import Provider
from proxy.references.record_store import Listener, RecordStore
from proxy.references.start_options import read_portal_options, read_start_options
from proxy.references.subject import Subject
from proxy.references.trip import ReferenceTrip
from proxy.vendors.matters import BILLING, IDENTITY, SIGNING, Matter
from proxy.vendors.reference import Reference


@dataclass(frozen=True, slots=True)
class _Office:
    """One subject at work: its records, and the vendors that serve it, in their order."""

    subject: Subject
    records: RecordStore
    providers: tuple[Provider, ...]


def reference_routes(
    vendors: Sequence[Reference], kernel: Kernel, listeners: Sequence[Listener]
) -> Blueprint:
    """Return the blueprint of the reference trip, without the API prefix.

    Of the vendors of a matter the first starts. `listeners` are told of each verification that
    counts.
    """
    routes = Blueprint("references", __name__)
    offices: list[_Office] = []
    for matter in (IDENTITY, SIGNING, BILLING):
        of_matter = list(_offices([v for v in vendors if v.matter is matter], kernel, listeners))
        if of_matter:
            _add_matter(routes, matter, of_matter, kernel)
        offices += of_matter
    for name in dict.fromkeys(vendor.name for vendor in vendors):
        takers = [_taker(vendor, offices, kernel) for vendor in vendors if vendor.name == name]
        add_callback_route(routes, takers, kernel, "", "/<reference>")
    return routes


def _offices(
    vendors: Sequence[Reference], kernel: Kernel, listeners: Sequence[Listener]
) -> Iterator[_Office]:
    """Iterate over the subjects that vendors of one matter serve."""
    for name in dict.fromkeys(name for vendor in vendors for name in vendor.subjects):
        serving = [vendor for vendor in vendors if name in vendor.subjects]
        versions = {vendor.name: vendor.subjects[name] for vendor in serving}
        subject = Subject(vendors[0].matter, name, versions)
        told = listeners if subject.matter is IDENTITY else ()
        yield _Office(
            subject,
            RecordStore(subject, kernel, told),
            tuple(Provider(vendor, subject, kernel) for vendor in serving),
        )


def _taker(vendor: Reference, offices: Sequence[_Office], kernel: Kernel) -> Taker[Any]:
    desks = [
        Desk(provider, office.records)
        for office in offices
        for provider in office.providers
        if provider.vendor is vendor
    ]
    return Taker(vendor, ReferenceCallback(vendor, desks, kernel).take)


def _add_matter(
    routes: Blueprint, matter: Matter, offices: Sequence[_Office], kernel: Kernel
) -> None:
    trips = {
        office.subject.name: ReferenceTrip(office.providers, office.records, kernel)
        for office in offices
    }
    limits = {
        office.subject.name: {one.vendor.name: one.vendor.limits for one in office.providers}
        for office in offices
    }
    origins = kernel.settings.marketplace_origins

    def start(subject: str) -> Response:
        trip = _found(trips, subject)
        session = kernel.browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        return as_response(trip.start(session, read_start_options(body, origins, limits[subject])))

    def read(subject: str) -> Response:
        trip = _found(trips, subject)
        return as_response(trip.read(kernel.browser.session(request), fresh=_is_fresh(matter)))

    def read_all() -> Response:
        session = kernel.browser.session(request)
        with marketplace_problems():
            user = session.show()
        fresh = _is_fresh(matter)
        told = [trip.standing(session, user, fresh=fresh) for trip in trips.values()]
        return jsonify({matter.listed: told})

    def portal(subject: str) -> Response:
        trip = _found(trips, subject)
        session = kernel.browser.session(request)
        body = read_object(request.mimetype, read_body(request))
        return as_response(trip.portal(session, read_portal_options(body, origins)))

    rule = f"{matter.path}/<subject>" if matter.subject else matter.path
    one = {} if matter.subject else {"subject": ""}
    routes.add_url_rule(rule, f"start-{matter.name}", start, methods=["POST"], defaults=one)
    routes.add_url_rule(rule, f"read-{matter.name}", read, methods=["GET"], defaults=one)
    if matter.listed:
        routes.add_url_rule(matter.path, f"list-{matter.name}", read_all, methods=["GET"])
    if matter.is_lasting:
        routes.add_url_rule(f"{rule}/portal", f"portal-{matter.name}", portal, methods=["POST"])


def _found(trips: Mapping[str, ReferenceTrip], subject: str) -> ReferenceTrip:
    trip = trips.get(subject)
    if trip is None:
        raise Problem("not-found")
    return trip


def _is_fresh(matter: Matter) -> bool:
    """Tell whether a page behind which money hangs asks, and no stored answer will do."""
    return matter.is_lasting and request.args.get("fresh") == "true"
