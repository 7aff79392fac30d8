/** The templates of this version, which `rolldown.page.js` puts into the bundle. */
declare module "sensorbake:release" {
  import type { Release } from "../artifacts/compile.ts";
  export const release: Release;
}

/** The examples of this version, and the file that `init` writes. */
declare module "sensorbake:examples" {
  export const newSettings: string;
  export const examples: readonly { readonly name: string; readonly text: string }[];
  export const tables: readonly { readonly name: string; readonly text: string }[];
}

/** The bundled worker: gzip in base64. */
declare module "sensorbake:worker" {
  export const packedWorker: string;
}
