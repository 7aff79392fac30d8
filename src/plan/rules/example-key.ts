import type { Rule } from "../rule.ts";

/** Warns about the key in `examples/`, whose private half was deleted. */
export const exampleKey: Rule = ({ plan, settings }) => {
  if (!plan.admin.sshKeys.some((key) => key.includes(exampleBody))) return [];
  const index = settings.admin.ssh_keys.findIndex(
    (key) => typeof key === "string" && key.includes(exampleBody),
  );
  return [
    {
      code: "access/example-key",
      at: ["admin", "ssh_keys", ...(index < 0 ? [] : [index])],
      message: "this is the example key, whose private half was deleted, so login would be impossible",
      hint: "write your own public key: ssh_keys: [{file: ~/.ssh/id_ed25519.pub}]",
    },
  ];
};

const exampleBody = "AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
