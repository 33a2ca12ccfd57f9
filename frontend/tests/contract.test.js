import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import ts from 'typescript';

const CLIENT = fileURLToPath(new URL('../client/echoseal.js', import.meta.url));
const CONTRACT = new URL('../../openapi.json', import.meta.url);
const { schemas } = JSON.parse(readFileSync(CONTRACT)).components;

const program = ts.createProgram([CLIENT], { allowJs: true, checkJs: true, strict: true, types: [] });
const checker = program.getTypeChecker();
const types = Object.fromEntries(
  checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(CLIENT)))
    .map((symbol) => [symbol.name, checker.getDeclaredTypeOfSymbol(symbol)]),
);

/** Return the words that a type admits, sorted; null where it is no choice of words. */
function typedWords(type) {
  const choices = type.isUnion() ? type.types : [type];
  const words = choices.filter((one) => one.isStringLiteral()).map(({ value }) => value);
  return words.length > 0 ? words.sort() : null;
}

/** Return a type's fields by their names: whether each must be there, and its words. */
function typedFields(type) {
  const fields = type.getProperties().map((field) => {
    const isRequired = !(field.flags & ts.SymbolFlags.Optional);
    return [field.name, { isRequired, words: typedWords(checker.getTypeOfSymbol(field)) }];
  });
  return Object.fromEntries(fields);
}

function documentedWords({ $ref, ...schema }) {
  const { enum: words, const: word } = $ref ? schemas[$ref.split('/').at(-1)] : schema;
  return word ? [word] : words?.toSorted() ?? null;
}

/** The same of a schema of openapi.json, or of several, of which an answer is one. */
function documentedFields(...names) {
  const fields = {};
  for (const { properties, required = [] } of names.map((name) => schemas[name])) {
    for (const [name, schema] of Object.entries(properties)) {
      const words = documentedWords(schema);
      const seen = fields[name]?.words ?? [];
      const all = words && [...new Set([...seen, ...words])].sort();
      fields[name] = { isRequired: required.includes(name), words: all };
    }
  }
  for (const [name, field] of Object.entries(fields))
    field.isRequired = names.every((one) => schemas[one].required?.includes(name));
  return fields;
}

for (const [type, ...documented] of [
  ['Verification', 'Verification'],
  ['SigningAnswer', 'SigningAnswer'],
  ['BillingAnswer', 'BillingAnswer'],
  ['ConnectionStanding', 'Connection'],
  ['Reason', 'Reason'],
  ['StartOptions', 'StartOptions'],
  ['Started', 'Pending', 'AlreadyApproved', 'AlreadySigned', 'AlreadyPaid', 'ToSettle'],
]) {
  test(`the type ${type} has the documented fields and words`, () => {
    assert.deepEqual(typedFields(types[type]), documentedFields(...documented));
  });
}

test('the type of the router’s codes has each that it answers with, and that is documented', () => {
  const router = readFileSync(new URL('../server/echoseal-router.cjs', import.meta.url), 'utf8');
  const page = readFileSync(new URL('../../docs/web-template.md', import.meta.url), 'utf8');
  const answered = [...router.matchAll(/refuse\(req, res, \d{3}, '([a-z-]+)'/g)].map(([, code]) => code);
  const listed = [...page.matchAll(/^\| `([a-z-]+)` \| \d{3} \| (?:router|both) \|/gm)].map(([, code]) => code);

  assert.deepEqual(typedWords(types.RouterCode), answered.sort());
  assert.deepEqual(listed.sort(), answered);
});

test('the type of codes has each documented one', () => {
  assert.deepEqual(typedWords(types.ProblemCode), schemas.ProblemCode.enum.toSorted());
});
