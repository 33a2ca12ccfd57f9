"""`images/upload`: pictures that users then put on their listings and profiles.

Source: sharetribe.com/api-reference, "Images" and "API error codes"; read 2026-11-30. What is
uploaded is not looked into: each picture counts as one of 1600 by 1200 pixels.
"""

import base64

from flask import Flask, Response, request

from sandbox.sharetribe import documents, images
from sandbox.sharetribe.access import require_user
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError

LARGEST_BYTES = 20 * 1024 * 1024
_KINDS = ("image/jpeg", "image/png", "image/gif", "image/webp")
_SIZE = (1600, 1200)


class ImageApi:
    """The endpoint under `images`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Keep what is uploaded in `marketplace`."""
        self._marketplace = marketplace

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        app.add_url_rule("/v1/api/images/upload", view_func=self.upload, methods=["POST"])

    def upload(self) -> Response:
        """Answer `POST images/upload`: the one file of a form, by the name `image`."""
        require_user(self._marketplace)
        if request.mimetype != "multipart/form-data":
            raise ApiError(400, "unsupported-content-type")
        upload = request.files.get("image")
        if upload is None:
            raise ApiError(400, "validation-missing-key", "image")
        content = upload.read(LARGEST_BYTES + 1)
        if len(content) > LARGEST_BYTES:
            raise ApiError(413, "request-upload-over-limit")
        if upload.mimetype not in _KINDS or not content:
            raise ApiError(400, "image-invalid-content")
        url = f"data:{upload.mimetype};base64,{base64.b64encode(content).decode()}"
        return documents.written(images.resource(self._marketplace.add_image(url, *_SIZE)))
