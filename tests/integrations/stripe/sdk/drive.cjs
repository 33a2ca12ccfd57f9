// Drives Stripe's API and reads its events with Stripe's own client.
//
// stdin   {key, url, calls: [[method, ...args], …], events: [{body, signature, secret, thin}, …]}
//         An argument {result: n, path: "a.b"} stands for what call n has answered there.
// stdout  {results: [answer or {error: {type, status}}, …], events: [the event or {error}, …]}

const { readFileSync } = require("node:fs");
const Stripe = require("stripe");

const input = JSON.parse(readFileSync(0, "utf8"));
const { protocol, hostname, port } = new URL(input.url);
const stripe = new Stripe(input.key, {
  protocol: protocol.slice(0, -1),
  host: hostname,
  port,
  maxNetworkRetries: 0,
  telemetry: false,
});

const refused = error => ({ error: { type: error.type || error.name, status: error.statusCode } });
const at = (value, path) => path.split(".").reduce((object, name) => object[name], value);

const call = async ([name, ...args], results) => {
  const names = name.split(".");
  const resource = at(stripe, names.slice(0, -1).join("."));
  const given = args.map(arg => (arg && arg.path ? at(results[arg.result], arg.path) : arg));
  try {
    return await resource[names.at(-1)](...given);
  } catch (error) {
    return refused(error);
  }
};

const read = ({ body, signature, secret, thin }) => {
  try {
    return thin
      ? stripe.parseEventNotification(body, signature, secret)
      : stripe.webhooks.constructEvent(body, signature, secret);
  } catch (error) {
    return refused(error);
  }
};

(async () => {
  const results = [];
  for (const one of input.calls) results.push(await call(one, results));
  const told = input.events.map(read).map(({ error, id, type, related_object }) =>
    error ? { error } : { id, type, related_object }
  );
  process.stdout.write(JSON.stringify({ results, events: told }));
})();
