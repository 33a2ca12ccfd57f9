// What Jumio's page tells the page around it, and its reasons in plain words.

const STATE_CHANGE = 510; // "application state-change", the only event that Jumio documents

export const REASONS = {
  MANIPULATED_DOCUMENT: "the document looks altered",
  NOT_READABLE_DOCUMENT: "the picture could not be read",
  NO_DOCUMENT: "the picture shows no document",
  MISSING_BACK: "the back of the document is missing",
  DENIED_UNSUPPORTED_ID_TYPE: "it does not take this kind of document",
  DENIED_UNSUPPORTED_ID_COUNTRY: "it does not take documents of this country",
  FACE_NO_MATCH: "the selfie shows somebody else",
  NO_MATCH: "the selfie shows somebody else",
  NOT_POSSIBLE: "the selfie could not be compared",
  LIVENESS_FAILED: "the selfie was not taken of a live person",
};

export function isOver(data) {
  const told = parsed(data);
  if (told?.eventType !== STATE_CHANGE) return false;
  return told.payload?.value === "success" || told.payload?.value === "error";
}

function parsed(data) {
  try {
    return JSON.parse(data);
  } catch {
    return null; // other scripts post messages too
  }
}
