/// <reference types="vite/client" />

declare module 'hellosign-embedded' {
  const HelloSign: new (options: object) => {
    open: (url: string, options?: Record<string, unknown>) => void;
    once: (event: string, hear: () => void) => void;
    close: () => void;
  };
  export default HelloSign;
}
