// What an answer of GET /api/id-verification means to a user, in plain words.

const SENTENCES = {
  none: ["Not verified yet", "Other members see who has shown a document."],
  pending: ["Still being checked", "Jumio has not given its result yet."],
  approved: ["Verified", "Document accepted and, where one was taken, the selfie matches."],
  rejected: ["Not accepted", "Jumio did not accept the document"],
  failed: ["Failed – try again", "The check could not be finished"],
  expired: ["Expired", "The check was not finished in time. Start again whenever you like."],
  untrusted: ["Not trusted", "The stored result was changed: not trusted. Only a new check helps."],
  unavailable: ["Not known right now", "The check cannot be looked up at the moment. Try again soon."],
  "logged-out": ["Session ended", "The marketplace session has ended. Log in again."],
};

const REASONS = {
  MANIPULATED_DOCUMENT: "the document looks altered",
  NOT_READABLE_DOCUMENT: "the picture could not be read",
  NO_DOCUMENT: "the picture shows no document",
  MISSING_BACK: "the back of the document is missing",
  NO_MATCH: "the selfie shows somebody else",
  NOT_POSSIBLE: "the selfie could not be compared",
  LIVENESS_FAILED: "the selfie was not taken of a live person",
};

// Takes {status, body} and returns {state, title, detail}; only `approved` means verified.
export function standingOf({ status, body }) {
  if (status === 401) return worded("logged-out");
  if (status !== 200 || !body) return worded("unavailable", body?.detail);
  if (isUntrusted(body)) return worded("untrusted");
  if (body.status === "rejected" || body.status === "failed") {
    return worded(body.status, reasonOf(body));
  }
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

function reasonOf({ status, reason }) {
  const sentence = SENTENCES[status][1];
  const description = reason?.description;
  if (!description) return `${sentence}.`;
  return `${sentence}: ${REASONS[description] ?? description.toLowerCase().replaceAll("_", " ")}.`;
}
