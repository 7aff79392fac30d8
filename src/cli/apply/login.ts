import type { Destination } from "../../machines/ssh.ts";
import { UsageError } from "../shared/exit.ts";

/** The parts of `--login` that are written; the others come from the settings. */
export type Login = Partial<Destination>;

/** Reads `[USER@][ADDRESS][:PORT]`, where an IPv6 address with a port is in brackets. Throws `UsageError`. */
export function readLogin(text: string | undefined): Login {
  if (text === undefined) return {};
  const parts =
    /^(?:([a-z_][a-z0-9_-]*)@)?(?:\[([0-9a-fA-F:.]+)\]|([^[\]@\s:]+)|([0-9a-fA-F:]*:[0-9a-fA-F:.]*:[0-9a-fA-F:.]*))?(?::(\d{1,5}))?$/.exec(
      text,
    );
  const [, user, bracketed, name, bare, port] = parts ?? [];
  const address = bracketed ?? name ?? bare;
  const isOption = address?.startsWith("-") === true;
  if (parts === null || text === "" || isOption || Number(port ?? 1) < 1 || Number(port ?? 1) > 65535)
    throw new UsageError(
      `--login ${text} is not [USER@][ADDRESS][:PORT]`,
      "for example: --login root@203.0.113.7, --login root@[2001:db8::7]:22 or --login :22",
    );
  return {
    ...(user !== undefined && { user }),
    ...(address !== undefined && { address }),
    ...(port !== undefined && { port: Number(port) }),
  };
}
