import { looksLikeVariable } from "../../settings/secret-leaf.ts";
import type { Rule } from "../rule.ts";
import { secretsOf } from "../secrets.ts";

/** A secret that is written in the settings file will be copied, committed and mailed with it. */
export const literalSecret: Rule = ({ plan }) =>
  secretsOf(plan)
    // A certificate is none.
    .filter(({ path }) => path[0] !== "siem")
    .flatMap(({ path, secret }) => {
      if (secret.kind !== "literal" || secret.value === "infected") return [];
      const message = looksLikeVariable(secret.value)
        ? "this text is the secret itself: no variable is replaced in settings"
        : "this secret is written in the settings file itself";
      return [
        {
          code: "secret/literal" as const,
          at: path,
          message,
          hint: "write {env: NAME} or {file: path} instead",
        },
      ];
    });
