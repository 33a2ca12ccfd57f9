// What the page that stands for iDenfy's tells the page around it, and its reasons in plain words.

export const REASONS = {
  FACE_MISMATCH: "the selfie shows somebody else",
  DOC_TOO_BLURRY: "the picture could not be read",
  "not known": "its word for it is not known here",
};

export function isOver(data) {
  return data === "check.over";
}
