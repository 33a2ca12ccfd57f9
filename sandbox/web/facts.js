// A list of names and what they stand for, as the cards show them.

// `facts` is a list of [name, text]; a text that is missing leaves its name out.
export function showFacts(list, facts) {
  const known = facts.filter(([, text]) => text !== undefined && text !== null && text !== "");
  list.replaceChildren(...known.flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
}

function make(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}
