import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sha256 } from "../../src/artifacts/digest.ts";
import { makeSeed } from "../../src/image/seed.ts";
import { needs } from "../support/needs.ts";

const test = suite("image: seed volume");

type Files = Readonly<Record<string, string>>;
const small: Files = { "user-data": "#cloud-config\n{}\n", "meta-data": "instance-id: a-1\n" };
const seeds: readonly (readonly [string, Files])[] = [
  ["of two small files", small],
  ["of three files", { ...small, "user-data": "x".repeat(90_000), "network-config": "version: 2\n" }],
  ["that fills its sectors", { "user-data": "x".repeat(4096), "meta-data": "y".repeat(2048) }],
  ["of megabytes", { ...small, "user-data": "漢".repeat(1_700_000) }],
  ["of nothing", { "user-data": "", "meta-data": "" }],
];
const volumeOf = (seed: Files) =>
  makeSeed(Object.entries(seed).map(([path, content]) => ({ path, content })));

let folder = "";
test.before(() => {
  folder = mkdtempSync(join(tmpdir(), "seed-"));
});
test.after(() => rmSync(folder, { recursive: true }));

const image = (seed: Files): string => {
  const path = join(folder, "seed.img");
  writeFileSync(path, volumeOf(seed));
  return path;
};

for (const [name, seed] of seeds) {
  needs("blkid", "7zz")(test, `is a volume labelled CIDATA that other programs read: one ${name}`, () => {
    const path = image(seed);
    const facts = execFileSync("blkid", ["-p", "-o", "export", path], { encoding: "utf8" });
    assert.match(facts, /^LABEL=CIDATA$/m);
    assert.match(facts, /^TYPE=iso9660$/m);
    const listed = execFileSync("7zz", ["l", "-ba", "-slt", path], { encoding: "utf8" });
    const names = [...listed.matchAll(/^Path = (.*)$/gm)].map(([, file]) => file);
    assert.equal(names, Object.keys(seed).sort());
    for (const [file, content] of Object.entries(seed)) {
      const found = execFileSync("7zz", ["e", "-so", path, file], { maxBuffer: 1 << 24, encoding: "utf8" });
      assert.is(found, content, file);
    }
  });
}

const dsIdentify = "/usr/lib/cloud-init/ds-identify";
needs("blkid", dsIdentify)(test, "cloud-init's ds-identify finds NoCloud on it", () => {
  const root = join(folder, "root");
  for (const path of ["run", "sys/class/dmi/id", "proc/1", "dev", "etc/cloud", "bin"])
    mkdirSync(join(root, path), { recursive: true });
  for (const path of ["proc/cmdline", "proc/1/cmdline", "proc/1/environ"])
    writeFileSync(join(root, path), "");
  writeFileSync(join(root, "proc/uptime"), "1 1\n");
  // ds-identify asks blkid for the machine's volumes; here there is only this one. In a container it does not ask.
  writeFileSync(
    join(root, "bin/blkid"),
    `#!/bin/sh\nexec ${program("blkid")} -p -o export "${image(small)}"\n`,
  );
  writeFileSync(join(root, "bin/systemd-detect-virt"), "#!/bin/sh\necho kvm\n");
  for (const name of ["blkid", "systemd-detect-virt"]) chmodSync(join(root, "bin", name), 0o755);
  writeFileSync(join(root, "etc/cloud/cloud.cfg"), "datasource_list: [ConfigDrive, NoCloud, Ec2, None]\n");
  const env = { PATH: `${join(root, "bin")}:${process.env.PATH}`, PATH_ROOT: root };
  execFileSync(dsIdentify, ["--force"], { env, stdio: "pipe" });
  const log = readFileSync(join(root, "run/cloud-init/ds-identify.log"), "utf8");
  assert.match(log, /^FS_LABELS=CIDATA$/m);
  assert.match(log, /^check for 'NoCloud' returned found$/m);
  assert.match(
    readFileSync(join(root, "run/cloud-init/cloud.cfg"), "utf8"),
    /^datasource_list: \[ NoCloud, None \]$/m,
  );
});

function program(name: string): string {
  return execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim();
}

test("produces the same bytes for the same seed, and others for another", () => {
  const first = sha256(volumeOf(small));
  assert.is(sha256(volumeOf(small)), first);
  assert.is.not(sha256(volumeOf({ ...small, "meta-data": "instance-id: a-2\n" })), first);
});

test("takes only the seed's files", () => {
  assert.equal(volumeOf({ ...small, "README.txt": "x" }), volumeOf(small));
});

test.run();
