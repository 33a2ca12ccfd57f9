"""Pictures: what users upload, and the variants in which the Marketplace API offers each.

Variants and how one asks for one's own, `imageVariant.<name>=w:400;h:300;fit:crop`, are those of
sharetribe.com/api-reference, "Images" and "Custom image variants", read 2026-11-30. There is no
picture server: every variant's address is the picture itself.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from flask import request

from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.messages import ApiError

LARGEST_SIDE = 3072
# The widest and the highest that a variant may be, and whether it fills both.
_VARIANTS = {
    "default": (750, 750, False),
    "landscape-crop": (400, 267, True),
    "landscape-crop2x": (800, 533, True),
    "landscape-crop4x": (1600, 1066, True),
    "landscape-crop6x": (2400, 1600, True),
    "scaled-small": (320, 320, False),
    "scaled-medium": (750, 750, False),
    "scaled-large": (1024, 1024, False),
    "scaled-xlarge": (2400, 2400, False),
    "square-small": (240, 240, True),
    "square-small2x": (480, 480, True),
    "facebook": (1200, 630, True),
    "twitter": (600, 314, True),
}
_PREFIX = "imageVariant."
_PARAMETERS = re.compile(r"(w|h|fit|q):([a-z0-9]+)")


@dataclass(frozen=True, slots=True)
class Image:
    """A picture and its size in pixels; `url` is a data URL."""

    url: str
    width: int
    height: int
    id: str = field(default_factory=lambda: str(uuid4()))


def resource(image: Image) -> Resource:
    """Return a picture with the variants that the request asks for; raises ApiError."""
    own = {
        name.removeprefix(_PREFIX): _own_variant(name, value)
        for name, value in request.args.items()
        if name.startswith(_PREFIX)
    }
    variants = {name: _variant(image, name, *size) for name, size in {**_VARIANTS, **own}.items()}
    return Resource("image", image.id, {"variants": variants})


def _own_variant(parameter: str, value: str) -> tuple[int, int, bool]:
    parts = value.split(";")
    matches = (_PARAMETERS.fullmatch(part) for part in parts)
    given = {match[1]: match[2] for match in matches if match}
    sides = [int(given[side]) for side in ("w", "h") if given.get(side, "").isdigit()]
    is_valid = len(given) == len(parts) and given.get("fit", "scale") in ("scale", "crop")
    if not is_valid or not sides or not all(0 < side <= LARGEST_SIDE for side in sides):
        raise ApiError(400, "validation-invalid-value", parameter)
    return sides[0], sides[-1], given.get("fit") == "crop"


def _variant(image: Image, name: str, width: int, height: int, fills: bool) -> dict[str, Any]:
    if not fills:
        scale = min(width / image.width, height / image.height, 1)
        width, height = round(image.width * scale), round(image.height * scale)
    return {"name": name, "width": width, "height": height, "url": image.url}
