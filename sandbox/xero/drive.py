"""Drive the books: a seller connects an organisation, makes an invoice of a sale, and reads it."""

from sandbox.visit import Step, Steps, Visit, answered, expect
from sandbox.xero.vendor import Xero


class BooksDrive:
    """From the connection over an invoice and what becomes of it to the disconnection."""

    def __init__(self, visit: Visit, xero: Xero) -> None:
        """Prepare the steps; the user of `visit` must be logged in and sell something."""
        self._visit = visit
        self._xero = xero
        self._sale = next(iter(visit.sharetribe.transactions.values()))
        self.steps: Steps = (self._connect, self._make_invoice, self._read, self._disconnect)

    def _connect(self) -> Step:
        answer = self._visit.connect("xero", self._xero.authorize)
        notice = "consented with PKCE; both tokens are sealed into the user's private data"
        return answered("Browser > Proxy  connect Xero", answer, notice)

    def _make_invoice(self) -> Step:
        body = {"transactionId": self._sale.id}
        answer = self._visit.call("POST", "/api/xero/orders", 201, json=body)
        self._xero.set_status(answer.json()["orderId"], "PAID")
        notice = f"{self._sale.listing_title}: a draft, once, by its reference"
        return answered("Browser > Proxy  make an invoice", answer, notice)

    def _read(self) -> Step:
        answer = self._visit.call("GET", f"/api/xero/orders/{self._sale.id}", 200)
        expect("status of the invoice", "PAID", answer.json()["status"])
        return answered("Browser > Proxy  read the invoice", answer, "paid in Xero meanwhile")

    def _disconnect(self) -> Step:
        answer = self._visit.disconnect("xero")
        return answered("Browser > Proxy  disconnect Xero", answer, "disconnected and revoked")
