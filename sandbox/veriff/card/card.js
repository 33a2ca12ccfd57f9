// Veriff on the demo page: when its page says that the person's part is over, and its reasons.

export const REASONS = {
  "Suspected document tampering": "it suspects that the document was altered",
  "Poor image quality": "it wants sharper pictures",
  review: "a person looks at it",
  undocumented: "its word for it is not known here",
};

export function isOver(data) {
  return data === "check.over";
}
