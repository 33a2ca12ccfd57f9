// The sale that becomes an invoice, and what people do with it in Xero.

const ORDERS = "/api/xero/orders";

export function mount(shop) {
  return new Books(shop);
}

class Books {
  #shop;
  #sale = null;
  #make = document.getElementById("make-invoice");
  #pay = document.getElementById("pay-invoice");
  #leave = document.getElementById("leave-xero");

  constructor(shop) {
    this.#shop = shop;
    this.#make.addEventListener("click", () => this.#makeInvoice());
    this.#pay.addEventListener("click", () => this.#payInvoice());
    this.#leave.addEventListener("click", () => this.#disconnect());
  }

  async show(isConnected) {
    const { user } = this.#shop.session;
    [this.#sale] = (await this.#shop.control.get("sales")).sales;
    const isSeller = isConnected && user?.id === this.#sale.sellerId;
    this.#make.hidden = !isSeller;
    this.#leave.hidden = !isConnected;
    this.#pay.hidden = !isSeller || !this.#sale.metadata.xeroOrder?.orderId;
    if (!isConnected) this.#tell("Once the books are connected, a sale becomes an invoice there.");
    else if (!isSeller) this.#tell(`Only the seller, ${this.#sale.seller}, makes an invoice of it.`);
    else if (this.#pay.hidden) this.#tell("");
  }

  async #makeInvoice() {
    await this.#shop.trip.begin("The trip of one invoice");
    const body = { transactionId: this.#sale.id };
    const answer = await this.#shop.proxy.call("POST", ORDERS, body);
    await this.#refresh(answer.status);
    this.#tellStatus(answer);
  }

  async #payInvoice() {
    await this.#shop.trip.begin("The trip of one look");
    const { orderId } = this.#sale.metadata.xeroOrder;
    await this.#shop.control.post(`xero/invoices/${orderId}/status`, { status: "PAID" });
    const answer = await this.#shop.proxy.call("GET", `${ORDERS}/${this.#sale.id}`);
    await this.#refresh(answer.status);
    this.#tellStatus(answer);
  }

  async #disconnect() {
    await this.#shop.control.post("xero/disconnect");
    this.#tell("Xero does not take the token any more. The next invoice will show it.");
  }

  // A refusal may have told the proxy that the connection is lost.
  async #refresh(status) {
    const { connections, storage } = this.#shop;
    await (status < 400 ? connections.showNews() : connections.look());
    await storage.show();
  }

  #tellStatus({ status, body }) {
    this.#tell(
      status < 400 ? `The invoice is ${body.status}.` : `Answered ${status} (${body?.code}).`,
    );
  }

  #tell(text) {
    document.getElementById("invoice-told").textContent = text;
  }
}
