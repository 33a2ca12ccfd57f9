// Reads [{name, text}] and prints {wrong: [...]}: what is not JavaScript, as a module or as a part of a function.
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);
const AsyncFunction = (async () => {}).constructor;
const wrong = [];
for (const { name, text } of JSON.parse(Buffer.concat(chunks))) {
  const imports = /^import .*$/gm;
  const body = text.replaceAll(imports, '').replaceAll(/\bexport (?=const|function|async|default)/g, '');
  try {
    new AsyncFunction(body);
    for (const [line] of text.matchAll(imports)) {
      if (!/^import (\w+|\{[^}]+\}) from '[^']+';/.test(line)) throw new SyntaxError(line);
    }
  } catch (error) {
    wrong.push(`${name}: ${error.message}`);
  }
}
console.log(JSON.stringify({ wrong }));
