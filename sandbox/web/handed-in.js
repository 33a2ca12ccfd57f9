// Whether the person's part is over, as far as this tab has seen it: until then a vendor cannot have
// a result, and it would be wrong to say that one is late.

const KEY = "sandbox-handed-in-";

export function handIn(reference) {
  sessionStorage.setItem(KEY + reference, "yes");
}

// `body` is the proxy's answer about something pending; a vendor that says what it waits for has seen
// the person.
export function isHandedIn({ transactionReference, reason }) {
  return Boolean(reason) || sessionStorage.getItem(KEY + transactionReference) !== null;
}

// How it stands where the person has begun and is not done.
export function begunAt(title) {
  return { state: "pending", title: "Under way", detail: `Finish the steps on ${title}’s page.` };
}
