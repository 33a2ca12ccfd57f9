// Onfido on the demo page: when its page says that the person's part is over, and its reasons.

export const REASONS = {
  face_mismatch: "the selfie shows somebody else",
  review: "a person is looking at it",
  internal_error: "Onfido could not finish",
  abandoned: "nothing was handed in in time",
};

export function isOver(data) {
  return data === "check.over";
}
