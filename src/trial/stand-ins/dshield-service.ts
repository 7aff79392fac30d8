/** The services of DShield that a sensor's programs contact. */
export const dshieldNames: readonly string[] = [
  "isc.sans.edu",
  "www.dshield.org",
  "www4.dshield.org",
  "dshield.org",
];

/** What a stand-in for DShield's services knows. */
export type DshieldService = {
  /** The number of the account. */
  readonly userId: number;
  /** The archive with cowrie's configuration that the installer downloads. */
  readonly cowrie: Buffer;
};

/** The answer to a request for a path; a submission to any other path is answered with success. */
export type Answer = { readonly type: string; readonly body: string | Buffer };

/** Answers as DShield's services (`install.sh:1104`, `install.sh:2140`, `agent.py:205`, `agent.py:580`). */
export function answerAsDshield({ userId, cowrie }: DshieldService, path: string): Answer | undefined {
  if (path.startsWith("/api/checkapikey/"))
    return { type: "text/xml", body: `<checkapikey><result>ok</result><id>${userId}</id></checkapikey>\n` };
  if (path.startsWith("/api/myip")) return { type: "application/json", body: '{"ip": "192.0.2.15"}\n' };
  if (path.startsWith("/api/honeypotrules")) return { type: "application/json", body: JSON.stringify(rules) };
  if (path === "/cowrie.zip") return { type: "application/zip", body: cowrie };
  return undefined;
}

// The web honeypot answers with the first response if no signature matches.
const rules = {
  signatures: [],
  responses: [
    { id: 1, status_code: 200, headers: { Server: "Apache" }, body: "<html><body>It works</body></html>" },
  ],
};
