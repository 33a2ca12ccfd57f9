"""The endpoints of the Marketplace API that tell of files and lead to them, and what these lead to.

Endpoints, and that a file of an attachment is for whoever the attachment is for: "Files
in Sharetribe" and "File lifecycle" in sharetribe.com/docs, and what sharetribe-flex-sdk 1.24.2
sends; read 2026-11-30. There is no uploading. That the storage is at this address too, and a link
to it good for fifteen minutes, are choices of the sandbox.
"""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from flask import Flask, Response, request

from sandbox.sharetribe import documents, resources
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import require_user
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.files import File, FileAttachment
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError

LINK_LIFE = timedelta(minutes=15)
_STORAGE = "/storage/"


class FileApi:
    """`files` and `own_files`, the downloads of both, and the storage."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve what is attached in `marketplace`."""
        self._marketplace = marketplace
        self._links: dict[str, tuple[File, datetime]] = {}

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for path, view, method in (
            ("files/show", self.show, "GET"),
            ("own_files/show", self.show_own, "GET"),
            ("file_downloads/create", self.download, "POST"),
            ("own_file_downloads/create", self.download_own, "POST"),
        ):
            app.add_url_rule(f"/v1/api/{path}", path, view, methods=[method])
        app.add_url_rule(f"{_STORAGE}<token>", view_func=self.stored)

    def show(self) -> Response:
        """Answer `GET files/show?fileAttachmentId=…`."""
        name = "fileAttachmentId"
        asked = read.read_query({name: read.uuid}, required=(name,))
        return documents.found(resources.file(self._attached(asked[name])))

    def show_own(self) -> Response:
        """Answer `GET own_files/show?id=…`."""
        asked = read.read_query({"id": read.uuid}, required=("id",))
        return documents.found(resources.own_file(self._own(asked["id"])))

    def download(self) -> Response:
        """Answer `POST file_downloads/create`."""
        name = "fileAttachmentId"
        asked = read.read_body({name: read.uuid}, required=(name,))
        return self._link("fileDownload", self._attached(asked[name]))

    def download_own(self) -> Response:
        """Answer `POST own_file_downloads/create`."""
        asked = read.read_body({"fileId": read.uuid}, required=("fileId",))
        return self._link("ownFileDownload", self._own(asked["fileId"]))

    def stored(self, token: str) -> Response:
        """Answer a link with its file."""
        linked = self._links.get(token)
        if linked is None or linked[1] <= self._marketplace.now():
            raise ApiError(404, "not-found")
        response = Response(linked[0].content, content_type=linked[0].kind)
        response.headers.set("Content-Disposition", "attachment", filename=linked[0].name)
        return response

    def _attached(self, attachment_id: str) -> File:
        user = require_user(self._marketplace)
        for attachment, readers in self._attachments():
            if attachment.id == attachment_id:
                if user.id not in readers:
                    raise ApiError(403, "forbidden")
                return attachment.file
        raise ApiError(404, "not-found")

    def _own(self, file_id: str) -> File:
        user = require_user(self._marketplace)
        for attachment, _ in self._attachments():
            if attachment.file.id == file_id:
                if user.id != attachment.file.author_id:
                    raise ApiError(403, "forbidden")
                return attachment.file
        raise ApiError(404, "not-found")

    def _attachments(self) -> Iterator[tuple[FileAttachment, tuple[str, ...]]]:
        """Yield what is attached, each with the ids of those who may read it."""
        for listing in list(self._marketplace.listings.values()):
            yield from ((one, (listing.author_id,)) for one in listing.protected_files)
        for transaction in list(self._marketplace.transactions.values()):
            parties = (transaction.customer_id, transaction.provider_id)
            yield from ((one, parties) for one in transaction.protected_files)

    def _link(self, kind: str, file: File) -> Response:
        token, until = secrets.token_urlsafe(16), self._marketplace.now() + LINK_LIFE
        self._links[token] = (file, until)
        url = f"{request.host_url.rstrip('/')}{_STORAGE}{token}"
        attributes = {"fileId": UUID(file.id), "url": url, "expiresAt": until}
        return documents.found(Resource(kind, str(uuid4()), attributes))
