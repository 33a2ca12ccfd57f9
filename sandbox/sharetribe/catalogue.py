"""What a marketplace that is shown to people has to offer: `catalogue.json`, and its pictures.

Public data is as the Web Template's own forms write it for the types of the assets.
"""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.sharetribe.asset_tree import assets, svg_url
from sandbox.sharetribe.files import File, FileAttachment
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.marketplace import Marketplace

_FILE = Path(__file__).with_suffix(".json")
_TYPES = "listings/listing-types.json"
_CURRENCY = "EUR"
_SIZE = (1600, 1200)
_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHAPES = {
    "kayak": '<path d="M30 150q170-50 340 0q-170 44-340 0z" fill="#e0763a"/>',
    "boat": '<path d="M60 140h280q-20 50-70 50H130q-50 0-70-50z" fill="#8a5a35"/>',
    "sail": '<path d="M200 40v110h90z" fill="#c8402f"/>'
    '<path d="M90 165h220q-20 34-50 34H140q-30 0-50-34z" fill="#f4f1ea"/>',
    "board": '<ellipse cx="200" cy="160" rx="150" ry="22" fill="#f6c945"/>',
    "chart": '<path d="M110 60h180v130H110z" fill="#f4f1ea"/>'
    '<path d="M130 90q40 60 80 10t60 40" fill="none" stroke="#1b6e53" stroke-width="6"/>',
    "paddle": '<path d="M100 60l180 130" stroke="#8a5a35" stroke-width="10"/>'
    '<ellipse cx="110" cy="68" rx="36" ry="16" fill="#c8402f"/>',
    "vest": '<path d="M150 70h30l20 26 20-26h30v130H150z" fill="#e0763a"/>',
}


def offer_catalogue(marketplace: Marketplace) -> list[Listing]:
    """Have the first two users of a marketplace offer what is in the catalogue; return it."""
    users = list(marketplace.users)
    now, offered = marketplace.now(), []
    for age, entry in enumerate(json.loads(_FILE.read_text())):
        image = marketplace.add_image(svg_url(_picture(entry["picture"])), *_SIZE)
        kind = _type(entry["type"])
        listing = marketplace.add_listing(
            users[entry["author"]],
            entry["title"],
            description=entry["description"],
            price=(entry["price"], _CURRENCY) if "price" in entry else None,
            public_data={**_public_data(kind), **entry["publicData"]},
            created_at=now - timedelta(days=1 + age),
            availability_plan=_always() if kind["unitType"] == "day" else None,
            image_ids=[image.id],
            stock=entry.get("stock"),
            protected_files=_files(users[entry["author"]], entry.get("files", {}), now),
        )
        offered.append(listing)
    return offered


def _type(name: str) -> dict[str, Any]:
    types: list[dict[str, Any]] = assets()[_TYPES]["listingTypes"]
    return next(one for one in types if one["id"] == name)


def _public_data(kind: dict[str, Any]) -> dict[str, Any]:
    return {
        "listingType": kind["id"],
        "transactionProcessAlias": kind["transactionProcess"]["alias"],
        "unitType": kind["unitType"],
    }


def _files(author_id: str, contents: dict[str, str], now: datetime) -> list[FileAttachment]:
    return [
        FileAttachment(File(author_id, name, "text/plain", text.encode(), now))
        for name, text in contents.items()
    ]


def _always() -> dict[str, Any]:
    entries = [
        {"dayOfWeek": day, "startTime": "00:00", "endTime": "00:00", "seats": 1} for day in _WEEK
    ]
    return {"type": "availability-plan/time", "timezone": "Etc/UTC", "entries": entries}


def _picture(name: str) -> str:
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 300" width="1600" height="1200" '
        'preserveAspectRatio="xMidYMid slice"><path d="M0 0h400v300H0z" fill="#dcefe9"/>'
        f'{_SHAPES[name]}<path d="M0 190q50-20 100 0t100 0 100 0 100 0v110H0z" fill="#1b6e53"/>'
        "</svg>"
    )
