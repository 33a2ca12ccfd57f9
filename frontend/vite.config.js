import { readdirSync } from 'node:fs';

import { defineConfig } from 'vite';

// Bundlers compile no JSX that they find under node_modules: the package has it compiled, file by file.
const CLIENT = /\/client\/echoseal\.js$/;
const texts = readdirSync(new URL('react/texts', import.meta.url)).filter((name) => /^..\.js$/.test(name));

export default defineConfig({
  root: import.meta.dirname,
  esbuild: { jsx: 'automatic' },
  build: {
    outDir: 'build/react',
    minify: false,
    target: 'es2022',
    lib: {
      entry: ['react/index.js', 'react/dropbox-sign.js', ...texts.map((name) => `react/texts/${name}`)],
      formats: ['es'],
    },
    rollupOptions: {
      // The client is the file beside it: its errors are those that pages catch.
      external: [/^react(-dom)?(\/|$)/, CLIENT],
      output: {
        preserveModules: true,
        preserveModulesRoot: 'react',
        entryFileNames: '[name].js',
        paths: (id) => (CLIENT.test(id) ? '../../client/echoseal.js' : id),
      },
    },
  },
});
