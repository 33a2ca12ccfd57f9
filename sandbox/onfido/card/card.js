// Onfido on the demo page: when its page says that the person's part is over, and its reasons.

export const REASONS = {
  face_mismatch: "the selfie shows somebody else",
  review: "a person looks at it",
  second_opinion: "its word for it is not known here",
  internal_error: "its workflow broke off",
  abandoned: "nothing was handed in in time",
};

export function isOver(data) {
  return data === "check.over";
}
