/** Why a server of `notify` failed the test, and how to correct it. The code of the error is in parentheses. */
export type FailureWords = { readonly message: string; readonly hint: string };

/** Describes an error of `fetch` or nodemailer. Repeats no text of the server. */
export function describeFailure(error: unknown): FailureWords {
  const { name, code, originalCode, cause, responseCode } = error as {
    name?: string;
    code?: string;
    // nodemailer replaces the system's code.
    originalCode?: string;
    cause?: { code?: string };
    responseCode?: number;
  };
  const inner = originalCode ?? cause?.code ?? code ?? name ?? "no answer";
  const shown = responseCode === undefined ? inner : `${inner}, ${responseCode}`;
  const [, message, hint] = reasons.find(([codes]) => codes.test(inner)) ?? other;
  return { message: `${message} (${shown})`, hint };
}

type Reason = readonly [codes: RegExp, message: string, hint: string];

const reasons: readonly Reason[] = [
  [/^EAUTH$/, "the server refuses the login", "check notify.mail.user and notify.mail.password"],
  [
    /^(ENOTFOUND|EAI_AGAIN|EDNS)$/,
    "its name has no address",
    "check the name, and this machine's name resolution",
  ],
  [/^ECONNREFUSED$/, "the server refuses the connection", "check the name and the port"],
  [
    /^(ETIMEDOUT|TimeoutError|EHOSTUNREACH|ENETUNREACH|UND_ERR_\w+_TIMEOUT)$/,
    "the server does not respond",
    "check the name, the port, and that no firewall blocks it; for mail also notify.mail.tls: implicit for port 465, starttls for others",
  ],
  [
    /^(ETLS|EPROTO|ERR_SSL_\w+)$/,
    "the server does not offer TLS on this port",
    "check the port; for mail also notify.mail.tls: implicit for port 465, starttls for others",
  ],
  [
    /CERT|UNABLE_TO_/,
    "the server's certificate is not valid",
    "check the name and the port; the server needs a certificate for this name from a public authority",
  ],
];

const other: Reason = [
  /^/,
  "the server does not answer as needed",
  "check the name, the port, the certificate and this machine's network",
];
