// The one address that the demo has, and what to do where the browser has reached it at another one.

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const LINKS = ["redirectUrl", "authorizeUrl"];
const PAUSE_MILLISECONDS = 500;
const ROUNDS = 60;

// Answers whether this page is seen at another address than the demo's, and deals with that: another
// name of the same machine leads to the right one, else the page offers to move the demo here.
export function isElsewhere({ publicUrl }, control) {
  if (location.origin === publicUrl) return false;
  if (isSameMachine(new URL(publicUrl), location)) {
    location.replace(publicUrl + location.pathname + location.search + location.hash);
  } else {
    document.getElementById("main").prepend(offer(publicUrl, control));
  }
  return true;
}

// The body of an answer, in which links to a vendor lead over the demo's own address: no other may
// be within the browser's reach.
export function reachable(body, vendors) {
  const changed = { ...body };
  for (const name of LINKS.filter((link) => typeof body?.[link] === "string")) {
    const vendor = vendors.find(({ origin }) => body[name].startsWith(`${origin}/`));
    if (vendor) changed[name] = location.origin + vendor.path + body[name].slice(vendor.origin.length);
  }
  return body && changed;
}

function isSameMachine(one, other) {
  const isLoopback = LOOPBACK.test(one.hostname) && LOOPBACK.test(other.hostname);
  return isLoopback && one.protocol === other.protocol && one.port === other.port;
}

function offer(publicUrl, control) {
  const notice = document.createElement("section");
  notice.className = "notice";
  notice.id = "elsewhere";
  const title = document.createElement("h2");
  title.textContent = "This demo has another address";
  const why = document.createElement("p");
  why.textContent = `It was started for ${publicUrl}, and you see it at ${location.origin}. A marketplace has \
one address: from another one the proxy takes no calls, and vendors lead back to the first.`;
  const how = document.createElement("p");
  how.textContent = `In a terminal: make demo PUBLIC_URL=${location.origin}`;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Use it at this address";
  const end = document.createElement("p");
  end.setAttribute("role", "status");
  button.addEventListener("click", () => {
    button.disabled = true;
    end.textContent = "The proxy is starting anew for this address\u2026";
    moveHere(control).catch((failure) => {
      end.textContent = `It stays where it was: ${failure.message}`;
      button.disabled = false;
    });
  });
  notice.append(title, why, button, end, how);
  return notice;
}

async function moveHere(control) {
  await control.post("address", { origin: location.origin });
  for (let round = 0; round < ROUNDS; round += 1) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    const now = await control.get("address").catch(() => null); // the proxy is away for a moment
    if (now?.publicUrl === location.origin) return location.reload();
    if (now?.refused) throw new Error(now.refused);
  }
  throw new Error("the proxy did not come back");
}
