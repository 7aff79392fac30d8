/** Imports of a WebAssembly module, by module and name. */
export type WasmImports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;
export type WasmInstance = { readonly exports: object };

type Wasm = {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: WasmImports) => WasmInstance;
  /** Sizes in pages of 64 KiB; the buffer is page-aligned. */
  readonly Memory: new (size: {
    readonly initial: number;
  }) => { readonly buffer: ArrayBuffer };
};

/** The used parts of WebAssembly, which the types for node lack. */
export const wasm = (globalThis as unknown as { readonly WebAssembly: Wasm }).WebAssembly;
