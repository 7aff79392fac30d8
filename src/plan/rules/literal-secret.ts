import type { Rule } from "../rule.ts";
import { secretsOf } from "../secrets-of.ts";

/** A secret that stands in the settings file will be copied, committed and mailed with it. */
export const literalSecret: Rule = ({ plan }) =>
  secretsOf(plan)
    .filter(({ secret }) => secret.kind === "literal" && secret.value !== "infected")
    // A certificate is none.
    .filter(({ path }) => path[0] !== "siem")
    .map(({ path }) => ({
      code: "secret/literal",
      at: path,
      message: "this secret stands in the settings file itself",
      hint: "write {env: NAME} or {file: path} instead",
    }));
