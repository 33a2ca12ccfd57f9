// What can go wrong, one entry per button. `run` plays it and returns what became of it, told from
// what really happened: {fine, text} at the end, or {text, next: {label, run}} where the user
// decides when it goes on. `stage` is that of stage.js, `vendor` what people call the one that checks.

const SECOND_CLICK_MILLISECONDS = 5500;

export const scenariosWith = (vendor) => [
  {
    id: "lose",
    title: "Lose the callback",
    does: `${vendor} has a result, and its callback never arrives.`,
    async run(stage) {
      const reference = await stage.start();
      await stage.callbacks("lose");
      const statuses = await stage.finish(reference);
      const stored = await stage.stored();
      return {
        text: `${vendor} has its result, and ${count(statuses, "callback")} reached the proxy. At Sharetribe the check is still “${stored.status}”.`,
        next: { label: "Visit the page again", run: () => visitAgain(stage, vendor) },
      };
    },
  },
  {
    id: "delay",
    title: "Delay the callback",
    does: `${vendor}’s callback is held back until you let it through.`,
    async run(stage) {
      const reference = await stage.start();
      await stage.callbacks("delay");
      await stage.finish(reference);
      const stored = await stage.stored();
      return {
        text: `The callback waits. At Sharetribe the check is “${stored.status}”; the proxy remembers nothing of it.`,
        next: { label: "Deliver now", run: () => deliver(stage, stored.writes) },
      };
    },
  },
  {
    id: "repeat",
    title: "Repeat the callback",
    does: `${vendor} sends the same callback three times, as after a broken connection.`,
    run: (stage) => finishIn(stage, "repeat"),
  },
  {
    id: "reorder",
    title: "Mix up the order",
    does: "The last callback of a check overtakes the earlier ones.",
    run: (stage) => finishIn(stage, "reorder"),
  },
  {
    id: "log-out",
    title: "Log out before the callback",
    does: `The user logs out while ${vendor} is still checking, and the sealed session is dead.`,
    async run(stage) {
      const reference = await stage.start();
      await stage.logOut();
      const statuses = await stage.finish(reference);
      const stored = await stage.stored();
      const meaning =
        stored.status === "pending"
          ? "Without the session it could not be written, and sending it again would not help"
          : "It was written all the same, through the Integration API";
      return {
        text: `The callback was answered ${said(statuses)}. ${meaning}: “${stored.status}”.`,
        next: { label: "Log in again", run: () => logInAgain(stage) },
      };
    },
  },
  {
    id: "sharetribe-down",
    title: "Take Sharetribe down",
    does: "The callback arrives while Sharetribe answers every call with an error.",
    async run(stage) {
      const reference = await stage.start();
      await stage.sharetribe("error");
      const statuses = await stage.finish(reference);
      const stored = await stage.stored();
      return {
        text: `The callback was answered ${said(statuses)}, not 200: nothing was written, so nothing is acknowledged. Still “${stored.status}”.`,
        next: { label: "Bring Sharetribe up again", run: () => visitAgain(stage, vendor) },
      };
    },
  },
  {
    id: "forge",
    title: "Forge a callback",
    does: `A stranger who knows the reference sends an approval in ${vendor}’s name.`,
    async run(stage) {
      const reference = await stage.start();
      const before = await stage.stored();
      const status = await stage.forge(reference);
      const after = await stage.stored();
      const untouched = before.json === after.json;
      return {
        fine: [401, 403].includes(status) && untouched,
        text: `Answered ${status}. The private data ${untouched ? "did not change" : "changed"}: “${after.status}”.`,
      };
    },
  },
  {
    id: "tamper",
    title: "Change the result by hand",
    does: "The user writes an approval into their own private data, which Sharetribe’s API allows.",
    async run(stage) {
      const status = await stage.writeByHand();
      const { body } = await stage.look();
      return {
        fine: status === 200 && body?.checksum !== "valid" && body?.verified === false,
        text: `Sharetribe took it (${status}). The proxy says: checksum ${body?.checksum}, verified ${body?.verified}.`,
      };
    },
  },
  {
    id: "vendor-down",
    title: `Take ${vendor} down`,
    does: `${vendor} answers with an error page just when a check begins.`,
    run: (stage) => startAgainst(stage, "error"),
  },
  {
    id: "rate-limit",
    title: `Hit ${vendor}’s rate limit`,
    does: `${vendor} answers 429 just when a check begins.`,
    run: (stage) => startAgainst(stage, "rate-limit"),
  },
  {
    id: "kill",
    title: "Kill the proxy",
    does: `The proxy’s process is killed while ${vendor} is checking, and another takes its place.`,
    async run(stage) {
      const reference = await stage.start();
      const processes = await stage.killProxy();
      const statuses = await stage.finish(reference);
      const stored = await stage.stored();
      const { body } = await stage.look();
      return {
        fine: processes.before !== processes.after && stored.status === "approved" && body?.verified === true,
        text: `Process ${processes.before} started the check; process ${processes.after}, which had never heard of it, answered the callback ${said(statuses)}. Now “${body?.status}”, checksum ${body?.checksum}.`,
      };
    },
  },
  {
    id: "expire",
    title: "Expire the access tokens",
    does: "Every access token has run out; only refresh tokens are left.",
    async run(stage) {
      await stage.logIn();
      const before = stage.cookie;
      await stage.expireAccessTokens();
      const { status, body } = await stage.look();
      const cookie = before === stage.cookie ? "was left alone" : "holds a new token";
      return {
        fine: status === 200 && before !== stage.cookie,
        text: `The next visit was answered ${status}${body?.code ? ` (${body.code})` : ""}; the session cookie ${cookie}.`,
      };
    },
  },
];

async function visitAgain(stage, vendor) {
  await stage.calm();
  const { status, body } = await stage.look();
  return {
    fine: body?.verified === true,
    text: `The visit was answered ${status}: the proxy asked ${vendor} itself. Now “${body?.status}”, checksum ${body?.checksum}.`,
  };
}

async function deliver(stage, writesBefore) {
  const statuses = await stage.release();
  const { writes } = await stage.stored();
  const { body } = await stage.look();
  return {
    fine: body?.verified === true,
    text: `Delivered late and answered ${said(statuses)}; ${count(writes - writesBefore, "write")} at Sharetribe. Now “${body?.status}”, checksum ${body?.checksum}.`,
  };
}

async function logInAgain(stage) {
  await stage.logIn();
  const { status, body } = await stage.look();
  return {
    fine: body?.verified === true,
    text: `The next visit was answered ${status}. Now “${body?.status}”, checksum ${body?.checksum}.`,
  };
}

async function finishIn(stage, mode) {
  const reference = await stage.start();
  const before = await stage.stored();
  await stage.callbacks(mode);
  const statuses = await stage.finish(reference);
  statuses.push(...(await stage.release())); // what was held back, to come in another order
  const after = await stage.stored();
  const { body } = await stage.look();
  const writes = after.writes - before.writes;
  const rights = after.rights - before.rights;
  return {
    // Once, and once more to note that what follows from it is written.
    fine: body?.verified === true && rights <= 1 && writes === 1 + rights,
    text: `${capital(count(statuses, "callback"))}, answered ${said(statuses)}, and ${count(writes, "write")} at Sharetribe. Now “${body?.status}”, checksum ${body?.checksum}.`,
  };
}

async function startAgainst(stage, fault) {
  const before = await stage.stored();
  await stage.vendor(fault);
  let answer = await stage.tryToStart();
  if (answer.status === 200) {
    // Another scenario has just begun a check, and this was taken for the second click of two.
    await new Promise((resolve) => setTimeout(resolve, SECOND_CLICK_MILLISECONDS));
    answer = await stage.tryToStart();
  }
  const { status, body, retryAfter } = answer;
  await stage.calm();
  const after = await stage.stored();
  const untouched = before.json === after.json;
  const later = retryAfter ? `, try again in ${retryAfter} s` : "";
  return {
    fine: status === 503 && untouched,
    text: `Starting was answered ${status} (${body?.code}${later}). The private data ${untouched ? "did not change" : "changed"}.`,
  };
}

function said(statuses) {
  return statuses.map((status) => status ?? "nothing").join(", ") || "nothing";
}

function count(things, noun) {
  const number = Array.isArray(things) ? things.length : things;
  return number === 0 ? `no ${noun}` : `${number} ${noun}${number === 1 ? "" : "s"}`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
