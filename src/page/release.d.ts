/** The templates and the examples of this version, which `rolldown.page.js` puts into the bundle. */
declare module "sensorbake:release" {
  import type { Release } from "../artifacts/compile.ts";
  export const release: Release;
  export const examples: readonly { readonly name: string; readonly text: string }[];
  export const tables: readonly { readonly name: string; readonly text: string }[];
}

/** The bundled worker: gzip in base64. */
declare module "sensorbake:worker" {
  export const packedWorker: string;
}
