// What an answer of the proxy about a matter means to a user, in plain words.
//
// `matter` is {SENTENCES: by status [title, sentence], GOOD: the statuses that `FLAG` must confirm}.
// A sentence that begins in lower case is told of the vendor.

import { sentence as asSentence } from "./trouble.js";

const OF_ANY_MATTER = {
  untrusted: ["Not trusted", "The stored result was changed: not trusted. Only a new one helps."],
  unavailable: ["Not known right now", "This cannot be looked up at the moment. Try again soon."],
  "logged-out": ["Session ended", "The marketplace session has ended. Log in again to go on."],
};

// Where nobody is logged in.
export const NOT_KNOWN = { state: "none", title: "Not known", detail: "Log in to see it." };

// Takes {status, body} and the vendor that it is about, with its title and its reasons in plain
// words; returns {state, title, detail}.
export function standingOf({ status, body }, vendor, matter) {
  const sentences = { ...OF_ANY_MATTER, ...matter.SENTENCES };
  let state = body?.status;
  if (status === 401) state = "logged-out";
  else if (status !== 200 || !sentences[state]) state = "unavailable";
  if (status === 200 && body && isUntrusted(body, matter)) state = "untrusted";
  const [title, sentence] = sentences[state];
  if (state === "unavailable") return { state, title, detail: asSentence(body?.detail ?? sentence) };
  const isOfVendor = sentence[0] === sentence[0].toLowerCase();
  return { state, title, detail: isOfVendor ? toldBy(vendor, sentence, body) : sentence };
}

// Shows a standing on a card whose parts are `badge` and `detail`.
export function tell({ badge, detail: line }, { state, title, detail }) {
  badge.dataset.state = state;
  badge.textContent = title;
  line.textContent = detail;
}

// Returns the parts of a card that scripts fill, by their names.
export function partsOf(card) {
  const parts = [...card.querySelectorAll("[data-part]")];
  return Object.fromEntries(parts.map((part) => [part.dataset.part, part]));
}

// Something is stored, and it is not what the proxy has written for this user.
function isUntrusted(body, { GOOD, FLAG }) {
  const isWorn = GOOD.includes(body.status) && !body[FLAG];
  return body.status === "invalid" || body.checksum === "invalid" || isWorn;
}

function toldBy({ title, REASONS = {} }, sentence, { reason }) {
  const { code, description } = reason ?? {};
  const why = REASONS[description] ?? REASONS[code] ?? plain(description || code || "");
  return asSentence(why ? `${title} ${sentence}: ${why}` : `${title} ${sentence}`);
}

// A vendor's own words, for which nobody has found plain ones; MANIPULATED_DOCUMENT is no sentence.
function plain(words) {
  const isShouted = words === words.toUpperCase();
  return (isShouted ? words.toLowerCase() : words).replaceAll("_", " ");
}
