"""The Asset Delivery API, with what the marketplace's operator has made in Console.

`GET /v1/assets/pub/<client id>/a/latest/<path>` and `…/v/<version>/<path>`; with `?assets=a,b`
those files under the path. Anybody may read them. A picture that an asset refers to, as
`{"_ref": {"type": "imageAsset", "id": …}}`, is among what is `included`. Source:
sharetribe.com/docs, "Assets", sharetribe.com/api-reference, "Asset Delivery API", and what
sharetribe-flex-sdk 1.24.2 asks for; read 2026-11-30. That a file which is not there is left out of
several, and 404 alone, is a choice of the sandbox, and so are the seconds of `Cache-Control`.
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, request

from sandbox.sharetribe import asset_tree
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError, answer

ACCESS_CONTROL = "general/access-control.json"
_LATEST_SECONDS, _VERSION_SECONDS = 5, 24 * 60 * 60


class AssetApi:
    """The endpoints under `/v1/assets`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the assets of `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for kind, name in (("a", "latest"), ("v", "by_version")):
            for path in ("", "<path:path>"):
                rule = f"/v1/assets/pub/<client_id>/{kind}/<version>/{path}"
                endpoint = f"assets_{name}_{bool(path)}"
                app.add_url_rule(rule, endpoint, getattr(self, name))

    def latest(self, client_id: str, version: str, path: str = "") -> Response:
        """Answer for an alias; there is `latest` alone."""
        if version != "latest":
            raise ApiError(404, "not-found")
        return self._delivered(client_id, path, _LATEST_SECONDS)

    def by_version(self, client_id: str, version: str, path: str = "") -> Response:
        """Answer for a version; old ones are gone."""
        if version != self._version():
            raise ApiError(404, "not-found")
        return self._delivered(client_id, path, _VERSION_SECONDS)

    def _delivered(self, client_id: str, path: str, seconds: int) -> Response:
        if client_id != self._marketplace.client_id:
            raise ApiError(404, "not-found")
        assets, names = self._assets(), request.args.get("assets")
        if names is not None:
            paths = [path + name for name in names.split(",") if path + name in assets]
            data: Any = [_resource(one, assets[one]) for one in paths]
        elif path in assets:
            data = assets[path]
        else:
            raise ApiError(404, "not-found")
        pictures = asset_tree.image_assets()
        included = [pictures[picture] for picture in dict.fromkeys(_pictures_in(data))]
        body = {"data": data, "included": included, "meta": {"version": self._version()}}
        response = answer(body)
        response.headers["Cache-Control"] = f"public, max-age={seconds}"
        response.add_etag()
        response.make_conditional(request)
        return response

    def _assets(self) -> dict[str, Any]:
        return {**asset_tree.assets(), ACCESS_CONTROL: self._marketplace.access.asset()}

    def _version(self) -> str:
        return hashlib.sha256(json.dumps(self._assets(), sort_keys=True).encode()).hexdigest()[:16]


def _resource(path: str, data: dict[str, Any]) -> dict[str, Any]:
    attributes = {"assetPath": f"/{path}", "data": data}
    return {"id": asset_tree.asset_id(path), "type": "jsonAsset", "attributes": attributes}


def _pictures_in(data: Any) -> Iterator[str]:
    """Iterate over the ids of the pictures that an asset refers to, however deep."""
    if isinstance(data, dict):
        reference = data.get("_ref")
        if isinstance(reference, dict):
            yield reference["id"]
        data = list(data.values())
    if isinstance(data, list):
        for item in data:
            yield from _pictures_in(item)
