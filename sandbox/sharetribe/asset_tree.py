"""The marketplace's assets as its operator would have made them in Console: `asset_tree/`.

One JSON file an asset, by its path; which ones there are is listed in sharetribe.com/docs,
"Assets", the structure of pages in "Page asset schema" (both read 2026-11-30). Pictures are SVG
files, which `images.json` names.
"""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

_TREE = Path(__file__).parent / "asset_tree"
_IMAGES = "images.json"
_PAGES = "content/pages/"


@cache
def assets() -> dict[str, Any]:
    """Return the data of every asset by its path, such as `design/branding.json`."""
    files = {path.relative_to(_TREE).as_posix(): path for path in sorted(_TREE.rglob("*.json"))}
    del files[_IMAGES]
    return {path: json.loads(file.read_text()) for path, file in files.items()}


@cache
def image_assets() -> dict[str, dict[str, Any]]:
    """Return the `imageAsset` resources that assets refer to, by their ids."""
    found = {}
    for image in json.loads((_TREE / _IMAGES).read_text()):
        url = svg_url((_TREE / image["file"]).read_text())
        variants = {
            name: {"name": name, "width": width, "height": height, "url": url}
            for name, (width, height) in image["variants"].items()
        }
        attributes = {"assetPath": f"/{image['file']}", "variants": variants}
        found[image["id"]] = {"id": image["id"], "type": "imageAsset", "attributes": attributes}
    return found


def page_paths() -> list[str]:
    """Return the paths of the content pages."""
    return [path for path in assets() if path.startswith(_PAGES)]


def asset_id(path: str) -> str:
    """Return the id of the asset at a path."""
    return str(uuid5(NAMESPACE_URL, path))


def svg_url(picture: str) -> str:
    """Return an address that is the picture itself: a template's policy on images allows those."""
    return f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}"
