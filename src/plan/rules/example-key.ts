import type { Rule } from "../rule.ts";

/** Warns of the key in `examples/`, whose private half was thrown away. */
export const exampleKey: Rule = ({ plan, settings }) => {
  if (!plan.admin.sshKeys.some((key) => key.includes(exampleBody))) return [];
  const index = settings.admin.ssh_keys.findIndex(
    (key) => typeof key === "string" && key.includes(exampleBody),
  );
  return [
    {
      code: "access/example-key",
      at: ["admin", "ssh_keys", ...(index < 0 ? [] : [index])],
      message: "this is the key of the examples: nobody has its private half",
      hint: "write your own public key: ssh_keys: [{file: ~/.ssh/id_ed25519.pub}]",
    },
  ];
};

const exampleBody = "AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
