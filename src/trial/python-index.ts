import { readFile } from "node:fs/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { findProgram } from "../emulation/find-program.ts";
import { runProgram } from "../emulation/run-program.ts";
import { fetchText } from "../image/download.ts";
import { failureText } from "../settings/failure.ts";

/** The package index of this machine's pip. */
export type PythonIndex = {
  readonly url: string;
  /** The URLs of its server and of the servers that have its files. */
  readonly servers: readonly string[];
  /** The certificates that pip trusts instead of the system's, in PEM form, if its option `cert` names a file. */
  readonly certificates: string | undefined;
};

/** Finds the package index of this machine's pip, whose configuration may name a mirror. Throws `OutsideError`. */
export async function pythonIndex(signal: AbortSignal): Promise<PythonIndex> {
  const url = indexIn(await pip(["install", "--help"], signal));
  if (url.username !== "" || url.password !== "")
    throw new OutsideError(
      `pip's package index at ${url.host} needs a login, which a trial does not give to the sensor`,
      "name an index without a login: PIP_INDEX_URL=URL",
    );
  const page = new URL(`${url.pathname.replace(/\/$/, "")}/pip/`, url);
  const text = await fetchText(page.href, signal);
  if (text === undefined) throw new OutsideError(`${page.href} does not exist`, "correct pip's index-url");
  const servers = [...new Set([url.origin, ...originsIn(text, page)])];
  if (servers.length > serversAtMost)
    throw new OutsideError(
      `${page.href} has links to ${servers.length} servers; the sensor may connect to at most ${serversAtMost}`,
      "name another index: PIP_INDEX_URL=URL",
    );
  return { url: url.href, servers, certificates: await readCertificates(signal) };
}

// The machine can send anything to each of them.
const serversAtMost = 10;

// Words of `pip install --help`: `--index-url <url>  Base URL of ... (default URL).`
function indexIn(help: string): URL {
  const [, url = ""] = /--index-url <url>[^(]*\(default ([^\s)]+)\)/.exec(help) ?? [];
  if (!URL.canParse(url) || !/^https?:/.test(url))
    throw new OutsideError("pip does not name its package index");
  return new URL(url);
}

// A network that inspects TLS has an authority of its own. A line of `pip config list` is `:env:.cert='FILE'`: the
// environment overrides `install`, and `install` overrides `global`.
async function readCertificates(signal: AbortSignal): Promise<string | undefined> {
  const list = await pip(["config", "list"], signal);
  const files = [":env:", "install", "global"].map((section) =>
    new RegExp(`^${section}\\.cert='([^'\n]+)'$`, "m").exec(list)?.at(1),
  );
  const file = files.find((each) => each !== undefined);
  if (file === undefined) return undefined;
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new OutsideError(
      `cannot read pip's certificates, ${file}: ${failureText(error)}`,
      "correct pip's option cert",
    );
  });
}

async function pip(words: readonly string[], signal: AbortSignal): Promise<string> {
  const missing = (): OutsideError =>
    new OutsideError(
      "pip is not installed; it names the index of the Python packages that DShield needs",
      "on Debian and Ubuntu: apt install python3-pip",
    );
  if (findProgram("python3") === undefined) throw missing();
  try {
    // pip breaks lines at this width.
    return await runProgram("python3", ["-m", "pip", ...words], {
      signal,
      variables: { COLUMNS: "1000" },
      // With -m, Python runs a `pip.py` of the current folder, which may be an untrusted clone.
      folder: "/",
    });
  } catch (error) {
    throw error instanceof OutsideError && /No module named pip/.test(error.message) ? missing() : error;
  }
}

function originsIn(page: string, base: URL): readonly string[] {
  return [...page.matchAll(/href="([^"]{1,2000})"/g)].flatMap(([, link = ""]) => {
    const url = URL.canParse(link, base.href) ? new URL(link, base) : undefined;
    return url?.protocol === "https:" || url?.protocol === base.protocol ? [url.origin] : [];
  });
}
