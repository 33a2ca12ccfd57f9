// When Dropbox Sign's page says that the signer's part is over, as `hellosign-embedded` hears it, and
// its reasons.

const PREFIX = "hellosign:";
const OVER = ["userSignRequest", "userDeclineRequest"];

export const REASONS = {
  awaiting_signature: "the signature request is open",
  signed: "others have to sign too",
  declined: "the signer has declined",
  expired: "it was not signed in time",
  deleted: "the operator has cancelled it",
  error_file: "the file cannot be worked with",
  test_mode: "it was made in test mode",
  sealed: "its word for it is not known here",
};

export function isOver(data) {
  return OVER.some((word) => data?.type === PREFIX + word);
}
