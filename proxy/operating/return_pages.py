"""Who would not come back to the marketplace: what vendors and settings say of RETURN_URL."""

from __future__ import annotations

from collections.abc import Iterator

from proxy.addresses import origin_of
from proxy.references.start_options import fitted
from proxy.settings import Settings
from proxy.vendors.part import Parts
from proxy.vendors.reference import Billing, Reference

RETURN_PAGE = "RETURN_URL"


def return_advice(settings: Settings, parts: Parts, *, has_link_pages: bool) -> Iterator[str]:
    """Yield what RETURN_URL leaves to be wished, each a sentence that begins with its name.

    Whoever pays always comes back, and a frame is in the marketplace's page already. Link pages
    lead back by themselves.
    """
    leaving = [
        part
        for part in parts.of(Reference)
        if not isinstance(part, Billing) and not part.opens_in_frame
    ]
    page = settings.return_page
    if page is None:
        names = ", ".join(dict.fromkeys(part.name for part in leaving))
        if names and not has_link_pages:
            yield (
                f"{RETURN_PAGE} is not set: who starts without successUrl may stay at the end of"
                f" {names}; set it to a page of the marketplace"
            )
        return
    if origin_of(page) not in {*settings.marketplace_origins, origin_of(settings.public_url)}:
        yield (
            f"{RETURN_PAGE} is at none of MARKETPLACE_ORIGINS: people would be led away from the"
            " marketplace; correct one of the two"
        )
    for part in leaving:
        try:
            fitted(page, part.limits, part.limits.success_url)
        except ValueError as unfit:
            yield (
                f"{RETURN_PAGE} {unfit}, for {part.name}: it is not told there, and who starts"
                " without successUrl may stay at its end"
            )
