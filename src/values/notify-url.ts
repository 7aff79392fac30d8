import { reservationOf } from "./addresses.ts";
import type { SecretCheck } from "./secret-value.ts";

/**
 * The URL of a heartbeat or webhook, which usually contains a token. Plain http is accepted only for a private address,
 * because everything between the sensor and the server could read the token.
 */
export const complainOfNotifyUrl: SecretCheck = (value) => {
  if (value.length > 2048) return { message: "the URL has more than 2048 characters" };
  const [, scheme, host] =
    /^(https?):\/\/(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})(?::[1-9]\d{0,4})?(?:[/?][!$%&'()*+,./0-9:;=?@A-Z_a-z~-]*)?$/.exec(
      value,
    ) ?? [];
  if (host === undefined || !URL.canParse(value))
    return {
      message: "this is not an http or https URL without user, password and fragment",
      hint: "e.g. https://alerts.example.org/hook/TOKEN",
    };
  const reservation = reservationOf(host.replace(/^\[|\]$/g, ""));
  if (scheme === "http" && reservation !== "private" && reservation !== "loopback")
    return {
      message: "this http URL would send its token unencrypted",
      hint: "use https; http is accepted only for a private address",
    };
  return undefined;
};
