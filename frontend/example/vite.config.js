import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// Where Echoseal is, in the sandbox or in earnest; what is simulated is reached through it too.
const product = process.env.ECHOSEAL_URL ?? 'http://127.0.0.1:8080';
const proxied = Object.fromEntries(
  ['/api', '/services', '/sandbox'].map((path) => [path, { target: product }]),
);

// The components are for React 18 too, which the Web Template has: tried with ECHOSEAL_REACT=18.
const older = fileURLToPath(new URL('../tests/react-18/node_modules', import.meta.url));
const alias =
  process.env.ECHOSEAL_REACT === '18'
    ? { react: `${older}/react`, 'react-dom': `${older}/react-dom` }
    : {};

export default defineConfig({
  root: import.meta.dirname,
  plugins: [react()],
  resolve: { alias },
  server: { port: 5173, strictPort: true, proxy: proxied },
  build: { outDir: '../build/example', emptyOutDir: true, chunkSizeWarningLimit: 900 },
});
