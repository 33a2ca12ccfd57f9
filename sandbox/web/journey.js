// To a service's page and back: the browser leaves this page, and what was drawn of the trip comes
// along in the session's storage.

const KEPT_TRIP = "sandbox-trip";

export function leaveFor(url, trip) {
  sessionStorage.setItem(KEPT_TRIP, JSON.stringify(trip.drawn));
  location.assign(url);
}

// Where a vendor's page for payments leads back to.
export function returnUrlOf(plan) {
  return `${location.origin}/?${new URLSearchParams({ plan })}`;
}

// Returns {vendor, end, drawn} if the address says that a journey to a vendor has ended, and
// {plan, drawn} where it was one to pay for a plan that there is, else null; `drawn` is null where
// nothing was kept. The address is cleaned, so that a reload does not tell it again.
export function comeBack({ vendors, bills }) {
  const told = new URLSearchParams(location.search);
  const vendor = vendors.find(({ name, connects }) => connects && told.has(name));
  const plan = bills.some(({ plans }) => Object.hasOwn(plans, told.get("plan"))) && told.get("plan");
  const kept = sessionStorage.getItem(KEPT_TRIP);
  sessionStorage.removeItem(KEPT_TRIP);
  if (!vendor && !plan) return null;
  history.replaceState(null, "", location.pathname);
  const drawn = kept ? JSON.parse(kept) : null;
  return vendor ? { vendor, end: told.get(vendor.name), drawn } : { plan, drawn };
}
