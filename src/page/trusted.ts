type Policy = {
  readonly createHTML: (text: string) => string;
  readonly createScriptURL: (url: string) => string;
};
type Factory = { readonly createPolicy: (name: string, rules: Policy) => Policy };

const rules: Policy = { createHTML: (text) => text, createScriptURL: (url) => url };
const { trustedTypes } = globalThis as { readonly trustedTypes?: Factory };

/**
 * The page's policy lets only these functions create HTML and script addresses from text. Callers pass markup whose text
 * was escaped (`src/explain/markup.ts`) and the worker's own code.
 */
export const trusted = trustedTypes?.createPolicy("sensorbake", rules) ?? rules;
