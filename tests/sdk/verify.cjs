// Reads transit with the marketplace SDK and asks the verifier about each value that it built.
//
// stdin   {keys, clientId, userId, stored: [{transit, checksum}, …]}
// stdout  {genuine: [true or false, …]}

const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { transit } = require("sharetribe-flex-sdk");

const { stored, ...known } = JSON.parse(readFileSync(0, "utf8"));

async function main() {
  const file = join(__dirname, "..", "..", "verifier", "echoseal-checksum.mjs");
  const { verifyChecksum } = await import(file);
  const ask = ({ transit: text, checksum }) =>
    verifyChecksum({ ...known, value: transit.read(text), checksum });
  process.stdout.write(JSON.stringify({ genuine: await Promise.all(stored.map(ask)) }));
}

main();
