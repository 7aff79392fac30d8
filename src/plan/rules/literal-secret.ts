import { looksLikeVariable } from "../../settings/secret-leaf.ts";
import type { Rule } from "../rule.ts";
import { secretsOf } from "../secrets.ts";

/** Warns about a secret in the settings file, which is copied, committed and mailed with the file. */
export const literalSecret: Rule = ({ plan }) =>
  secretsOf(plan)
    // A certificate is not secret.
    .filter(({ path }) => path[0] !== "siem")
    .flatMap(({ path, secret }) => {
      if (secret.kind !== "literal" || secret.value === "infected") return [];
      const message = looksLikeVariable(secret.value)
        ? "this text would be the secret itself, because settings do not expand variables"
        : "the settings file contains this secret";
      return [
        {
          code: "secret/literal" as const,
          at: path,
          message,
          hint: "write {env: NAME} or {file: path} instead",
        },
      ];
    });
