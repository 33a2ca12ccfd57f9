// The sale that goes to the till, what the till knows of it, and the buttons of the till.

const ORDERS = "/api/hubrise/orders";
const WORDS = {
  new: "new",
  received: "received",
  accepted: "accepted",
  in_preparation: "in preparation",
  completed: "completed",
  rejected: "rejected",
};

export function mount(shop) {
  return new Till(shop);
}

class Till {
  #shop;
  #sale = null;
  #send = document.getElementById("send-order");
  #panel = document.getElementById("till");

  constructor(shop) {
    this.#shop = shop;
    this.#send.addEventListener("click", () => this.#sendOrder());
    for (const button of this.#panel.querySelectorAll("button[data-status]")) {
      button.addEventListener("click", () => this.#setStatus(button));
    }
    document.getElementById("till-release").addEventListener("click", () => this.#release());
    document.getElementById("till-catch-up").addEventListener("click", () => this.#catchUp());
    document.getElementById("till-block").addEventListener("click", () => this.#block());
  }

  async show(isConnected) {
    const { user } = this.#shop.session;
    [this.#sale] = (await this.#shop.control.get("sales")).sales;
    const { title, quantity, buyer, seller, sellerId, total, currency } = this.#sale;
    const price = (total / 100).toLocaleString("en", { style: "currency", currency });
    document.getElementById("sale").textContent =
      `${seller} has sold ${quantity} × ${title} to ${buyer} for ${price}, with the service fee.`;
    document.getElementById("till-block").hidden = !isConnected;
    this.#send.hidden = !isConnected || user?.id !== sellerId;
    await this.#showOrder();
  }

  async #showOrder() {
    const order = this.#sale.metadata.hubriseOrder;
    this.#panel.hidden = !order?.orderId;
    if (this.#panel.hidden) {
      this.#tell("");
      return;
    }
    const { status } = await this.#shop.control.get(`hubrise/orders/${order.orderId}`);
    const reason = order.reason ? `: ${order.reason}` : "";
    document.getElementById("order-at-till").textContent = WORDS[status] ?? status;
    document.getElementById("order-at-marketplace").textContent =
      (WORDS[order.status] ?? order.status) + reason;
  }

  async #sendOrder() {
    await this.#shop.trip.begin("The trip of one order");
    const { status, body } = await this.#shop.proxy.call("POST", ORDERS, {
      transactionId: this.#sale.id,
    });
    const known = { 200: "The till had it already", 201: "The till has it" }[status];
    await this.#refresh(status);
    this.#tell(known ? `${known}: order ${body.orderId}.` : `Answered ${status} (${body?.code}).`);
  }

  async #setStatus({ dataset }) {
    await this.#shop.trip.begin("The trip of one status");
    const letGo = this.#shop.trip.hold();
    const { orderId } = this.#sale.metadata.hubriseOrder;
    const change = { status: dataset.status, ...(dataset.cause && { cause: dataset.cause }) };
    const { callbacks } = await this.#shop.control.post(`hubrise/orders/${orderId}/status`, change);
    letGo();
    await this.#refresh();
    this.#tell(answered(callbacks));
  }

  async #release() {
    const { callbacks } = await this.#shop.control.post("hubrise/callbacks/release");
    this.#shop.trip.wake();
    await this.#refresh();
    this.#tell(answered(callbacks));
  }

  // What the seller's next visit may do: ask HubRise for the events that never arrived.
  async #catchUp() {
    const { status, body } = await this.#shop.proxy.call("POST", `${ORDERS}/catch-up`, {});
    await this.#refresh(status);
    this.#tell(status === 200 ? `Caught up: ${count(body.events)}.` : `Answered ${status} (${body?.code}).`);
  }

  async #block() {
    await this.#shop.control.post("hubrise/connections/block", { reason: "blocked" });
    this.#tell("HubRise does not take the token any more. The next order will show it.");
  }

  // A refusal may have told the proxy that the connection is lost.
  async #refresh(status = 200) {
    const { connections, storage } = this.#shop;
    await (status < 400 ? connections.showNews() : connections.look());
    await storage.show();
  }

  #tell(text) {
    document.getElementById("till-told").textContent = text;
  }
}

function answered(callbacks) {
  if (callbacks.length === 0) return "HubRise has told the proxy nothing.";
  const statuses = callbacks.map((status) => status ?? "nothing").join(", ");
  return `HubRise has told the proxy, which answered ${statuses}.`;
}

function count(events) {
  return `${events} ${events === 1 ? "event" : "events"}`;
}
