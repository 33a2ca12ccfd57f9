// When Stripe's page says that the person's part is over, and why a check has failed, in plain words.

export const REASONS = {
  selfie_face_mismatch: "the selfie shows somebody else",
  document_unverified_other: "the document looks altered",
  document_expired: "the document has expired",
  consent_declined: "consent was declined",
  abandoned: "nothing was handed in",
  canceled: "the operator has canceled it",
  redacted: "it was erased at Stripe",
};

export function isOver(data) {
  return data === "check.over";
}
