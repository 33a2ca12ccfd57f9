// Reads transit with the marketplace SDK and writes it again, compact and verbose.
//
// stdin   {documents: [transit text, …]}
// stdout  {read: [what JavaScript made of each], compact: [text, …], verbose: [text, …]}

const { readFileSync } = require("node:fs");
const { transit } = require("sharetribe-flex-sdk");

const { documents } = JSON.parse(readFileSync(0, "utf8"));
const values = documents.map(text => transit.read(text));

process.stdout.write(
  JSON.stringify({
    read: values,
    compact: values.map(value => transit.write(value)),
    verbose: values.map(value => transit.write(value, { verbose: true })),
  })
);
