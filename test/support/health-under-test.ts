import { makeScratchRoot, type Outcome, type ScratchRoot } from "./scratch-root.ts";

export type Problem = { readonly name: string; readonly status?: string; readonly message: string };

/** The program that tells people about a sensor's health, in a temporary root whose honeypot-status is a stand-in. */
export type HealthUnderTest = {
  readonly root: ScratchRoot;
  /** What the next checks find. */
  readonly find: (...problems: readonly Problem[]) => Promise<void>;
  readonly secret: (name: string, value: string) => Promise<void>;
  /** One run of the timer; `words` are the program's. */
  readonly run: (...words: readonly string[]) => Promise<Outcome>;
  /** Runs as if this many seconds had passed since everything that the state remembers. */
  readonly pass: (seconds: number) => Promise<void>;
};

export async function healthUnderTest(
  settings: Readonly<Record<string, string>>,
  environment: Readonly<Record<string, string>> = {},
): Promise<HealthUnderTest> {
  const root = await makeScratchRoot({ SENSOR_NAME: "fra-vps", NOTIFY_PORTS: "61010 61017", ...settings });
  await root.write("usr/local/bin/honeypot-status", `#!/bin/bash\ncat -- "${root.root}/report"\n`, {
    mode: 0o755,
  });
  const state = "var/lib/honeypot/state/health.json";
  const find: HealthUnderTest["find"] = async (...problems) => {
    const checks = [{ name: "first boot", status: "good", message: "done", next: "" }].concat(
      problems.map((problem) => ({ status: "bad", next: "", ...problem })),
    );
    await root.write(
      "report",
      JSON.stringify({ schema: 1, sensor: "fra-vps", healthy: false, facts: {}, checks }),
    );
  };
  await find();
  return {
    root,
    find,
    secret: async (name, value) => {
      await root.write(`etc/honeypot/secrets/${name}`, `${value}\n`, { mode: 0o600 });
    },
    run: (...words) =>
      root.run("opt/honeypot/scripts/health.sh", words, {
        environment: { HONEYPOT_CONFIRM_SECONDS: "0", ...environment },
        timeoutSeconds: 50,
      }),
    pass: async (seconds) => {
      const older = (await root.read(state)).replaceAll(/\b1\d{9}\b/g, (time) =>
        String(Number(time) - seconds),
      );
      await root.write(state, older, { mode: 0o600 });
    },
  };
}
