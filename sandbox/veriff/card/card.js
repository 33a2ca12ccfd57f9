// Veriff on the demo page: when its page says that the person's part is over, and its reasons.

export const REASONS = {
  "Suspected document tampering": "suspects that the document was altered",
  "Poor image quality": "wants sharper pictures",
};

export function isOver(data) {
  return data === "check.over";
}
