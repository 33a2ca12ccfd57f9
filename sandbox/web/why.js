// Why a hop happens, in a sentence. It follows from who calls whom, and from the call that it serves:
// no service is known by its name here.

const FROM_BROWSER = [
  ["POST", /\/id-verification$/, "Begin a check. The session cookie has to say for whom."],
  ["GET", /\/id-verification$/, "How does the check stand?"],
  ["POST", /\/billing\/[^/]+\/portal$/, "Open the page where customers manage what they pay for."],
  ["POST", /\/(signings|billing)\//, "Begin it. The session cookie has to say for whom."],
  ["GET", /\/signings\b/, "How do the documents stand?"],
  ["GET", /\/billing\b/, "What was paid, and until when?"],
  ["GET", /\/connections\/[^/]+\/return$/, "Back from the consent page, with a code for one use."],
  ["POST", /\/connections\//, "Begin to connect. A signed state ties it to this user and browser."],
  ["DELETE", /\/connections\//, "Disconnect: the token is to be revoked and wiped."],
  ["GET", /\/connections$/, "What is connected?"],
];
const TO_SHARETRIBE = [
  [/\/current_user\/show$/, "Whose session is it? Sharetribe’s answer alone counts."],
  [/\/users\/show$/, "What is stored for this user now?"],
  [/\/update_profile$/, "Write how it stands, with a checksum, into the user’s own data."],
  [/\/update_permissions$/, "Open, or close, what this result decides."],
  [/\/users\/approve$/, "Let the user in: this result opens the marketplace."],
  [/\/transactions\/show$/, "Read the sale that it is about."],
  [/\/transactions\/update_metadata$/, "Note at the sale what became of it."],
];
const BY_USERS = [
  [/\/auth\/token$/, "Log in."],
  [/\/auth\/revoke$/, "Log out: the session’s token is dead from now on."],
  [/\/update_profile$/, "Users may write to their own data; a checksum of the proxy they cannot make."],
];
const IS_START = /\/(id-verification|signings\/[^/]+|billing\/[^/]+)$/;

// `hop` has caller, callee, method, path and note; `cause` is the call to the proxy that it serves.
export function whyOf(hop, cause) {
  const { caller, callee, method, path } = hop;
  if (callee === "Proxy") return caller === "Browser" ? askedByBrowser(method, path) : askedByOthers(caller, path);
  if (callee === "Sharetribe") return askedOfSharetribe(hop);
  if (caller === "Proxy") return askedOfService(callee, method, cause);
  return caller === "Browser" ? `The person is on ${callee}’s own page.` : "";
}

function askedByBrowser(method, path) {
  const rule = FROM_BROWSER.find(([verb, pattern]) => verb === method && pattern.test(path.split("?")[0]));
  return rule?.[2] ?? "The marketplace’s page asks, in the name of its user.";
}

function askedByOthers(caller, path) {
  return path.includes("/callbacks/")
    ? "News. Who sent it has to be proven first; then the seal says whose it is."
    : `${caller} has no session here, and proves itself in its own way.`;
}

function askedOfSharetribe({ caller, path, note }) {
  if (caller !== "Proxy") return textOf(BY_USERS, path) ?? "Asked of Sharetribe in the user’s name.";
  if (!path.endsWith("/auth/token")) return textOf(TO_SHARETRIBE, path) ?? "Ask Sharetribe.";
  return note?.includes("refresh_token")
    ? "A session’s token has run out: trade the other half of it for a new one."
    : "The operator’s own access, to write while the user is away.";
}

function askedOfService(service, method, cause) {
  const { caller, path = "", method: verb } = cause ?? {};
  const asked = path.split("?")[0];
  if (verb === "POST" && caller === "Browser" && IS_START.test(asked)) {
    return method === "GET"
      ? `How does it stand at ${service}?`
      : `Begin at ${service}. The seal goes along in a field that comes back.`;
  }
  if (asked.includes("/callbacks/")) return `A message is only a doorbell: ${service} itself is asked.`;
  if (asked.endsWith("/return")) return `Trade the code at ${service} for a token, which is sealed at once.`;
  if (verb === "DELETE") return `Take the token back at ${service}.`;
  if (caller === "Browser" && verb === "GET") return `Has a message been lost? ${service} itself is asked.`;
  if (caller && caller !== "Browser" && caller !== "Proxy") return `${service} knows whether that is true.`;
  return method === "GET" ? `How does it stand at ${service}?` : `Tell ${service}.`;
}

function textOf(rules, path) {
  return rules.find(([pattern]) => pattern.test(path))?.[1];
}
