// What an answer of GET /api/id-verification means to a user, in plain words.

const SENTENCES = {
  none: ["Not verified yet", "Other members see who has shown a document."],
  pending: ["Still being checked", "has not given its result yet"],
  approved: ["Verified", "accepted the document and, where one was taken, the selfie matches"],
  rejected: ["Not accepted", "did not accept the document"],
  failed: ["Failed – try again", "could not finish the check"],
  expired: ["Expired", "The check was not finished in time. Start again whenever you like."],
  untrusted: ["Not trusted", "The stored result was changed: not trusted. Only a new check helps."],
  unavailable: ["Not known right now", "The check cannot be looked up at the moment. Try again soon."],
  "logged-out": ["Session ended", "The marketplace session has ended. Log in again."],
};
const BY_A_VENDOR = ["pending", "approved", "rejected", "failed"];

// Takes {status, body} and the vendor that it is about, with its title and its reasons in plain
// words; returns {state, title, detail}. Only `approved` means verified.
export function standingOf({ status, body }, vendor) {
  if (status === 401) return worded("logged-out");
  if (status !== 200 || !body) return worded("unavailable", body?.detail);
  if (isUntrusted(body)) return worded("untrusted");
  if (BY_A_VENDOR.includes(body.status)) return worded(body.status, toldBy(vendor, body));
  return worded(body.status);
}

// Something is stored, and it is not what the proxy has written for this user.
export function isUntrusted({ status, checksum, verified }) {
  return status === "invalid" || checksum === "invalid" || (status === "approved" && !verified);
}

function worded(state, detail) {
  const [title, sentence] = SENTENCES[state] ?? SENTENCES.unavailable;
  return { state, title, detail: detail ?? sentence };
}

function toldBy({ title, REASONS = {} }, { status, reason }) {
  const sentence = `${title} ${SENTENCES[status][1]}`;
  const { code, description } = reason ?? {};
  const why = REASONS[description] ?? REASONS[code] ?? plain(description || code || "");
  return why ? `${sentence}: ${why}.` : `${sentence}.`;
}

// A vendor's own words, for which nobody has found plain ones; MANIPULATED_DOCUMENT is no sentence.
function plain(words) {
  const isShouted = words === words.toUpperCase();
  return (isShouted ? words.toLowerCase() : words).replaceAll("_", " ").replace(/\.$/, "");
}
