import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { sendDelivery } from "../../src/machines/send-delivery.ts";

const test = suite("machines/send-delivery");

test("disconnects from a sensor that holds the connection open", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-ssh-"));
  const path = process.env.PATH;
  try {
    await writeFile(join(folder, "ssh"), "#!/bin/sh\nexec sleep 60\n");
    await chmod(join(folder, "ssh"), 0o755);
    process.env.PATH = `${folder}${delimiter}${path}`;
    const to = { user: "analyst", address: "192.0.2.7", port: 12222 };
    const options = {
      signal: new AbortController().signal,
      waitSeconds: 600,
      connectionSeconds: 0.3,
      say: () => {},
    };
    const failure = await sendDelivery(to, { files: [] }, options).then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.instance(failure, OutsideError);
    assert.is((failure as OutsideError).message, "192.0.2.7 did not finish within 0.3 s");
  } finally {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  }
});

test.run();
