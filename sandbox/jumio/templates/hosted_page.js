// Tells the embedding page what happened; outside an iframe, sends the user on instead.
"use strict";

const { event, address } = document.body.dataset;
const embedded = window.parent !== window;

if (embedded) {
  const message = { ...JSON.parse(event), dateTime: new Date().toISOString() };
  // The data is a JSON string, and any origin may embed this page: so it is documented.
  window.parent.postMessage(JSON.stringify(message), "*");
  document.querySelector(".onward")?.remove();
} else if (address) {
  window.location.replace(address);
}

document.getElementById("notice")?.focus();
