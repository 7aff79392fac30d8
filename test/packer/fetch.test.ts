import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

// Which files fetch.sh and plugins.sh accept. curl is a stand-in that serves a folder by URL.

const test = suite("packer/fetch");
const withGpg = needs("gpg", "gpgv", "zip", "unzip");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-fetch-"));
  mkdirSync(join(folder, "bin"));
  for (const file of ["fetch.sh", "plugins.sh", "pins.sha256"])
    cpSync(join("packer", file), join(folder, file));
  program(
    "curl",
    `words=("$@") url="\${words[-1]}"; while [[ $1 != --output ]]; do shift; done
     cp "${folder}/web/\${url#https://}" "$2"`,
  );
});
test.after.each(() => rmSync(folder, { recursive: true }));

test("keeps a file only if it has the checksum of the list", async () => {
  serve("example.org/tool.zip", "the tool");
  writeFileSync(join(folder, "pins.sha256"), `${sum("the tool")}  tool.zip\n`);
  assert.is((await fetch("https://example.org/tool.zip")).code, 0);
  assert.is(readFileSync(join(folder, "got"), "utf8"), "the tool");
  rmSync(join(folder, "got"));
  serve("example.org/tool.zip", "another tool");
  const refused = await fetch("https://example.org/tool.zip");
  assert.is(refused.code, 1);
  assert.match(refused.stderr, "https://example.org/tool.zip does not have the checksum");
  assert.not.ok(existsSync(join(folder, "got")));
});

test("refuses a file that no list contains, and prints the line to add; the user's own list comes first", async () => {
  serve("example.org/tool.zip", "the tool");
  const refused = await fetch("https://example.org/tool.zip");
  assert.is(refused.code, 1);
  assert.match(refused.stderr, "add a line to packer-pins.sha256: CHECKSUM  tool.zip\n");
  assert.not.ok(existsSync(join(folder, "got")));
  writeFileSync(join(folder, "packer-pins.sha256"), `${sum("the tool")}  tool.zip\n`);
  writeFileSync(join(folder, "pins.sha256"), `${sum("another")}  tool.zip\n`);
  assert.is((await fetch("https://example.org/tool.zip")).code, 0);
});

withGpg(
  test,
  "a release of HashiCorp without a line is taken if its list is signed by the key whose fingerprint we know",
  async () => {
    const release = "releases.hashicorp.com/packer-plugin-x/1.2.3";
    const url = `https://${release}/packer-plugin-x_1.2.3_linux_arm64.zip`;
    serve(`${release}/packer-plugin-x_1.2.3_linux_arm64.zip`, "the plugin");
    const signer = sign(
      `${release}/packer-plugin-x_1.2.3_SHA256SUMS`,
      `${sum("the plugin")}  packer-plugin-x_1.2.3_linux_arm64.zip\n`,
    );
    const stranger = await fetch(url);
    assert.is(stranger.code, 1);
    assert.match(
      stranger.stderr,
      "packer-plugin-x_1.2.3_SHA256SUMS is not signed by HashiCorp (C874011F0AB405110D02105534365D9472D7468F)",
    );
    assert.not.ok(existsSync(join(folder, "got")));
    const script = readFileSync(join(folder, "fetch.sh"), "utf8").replace(/^signer=.*$/m, `signer=${signer}`);
    writeFileSync(join(folder, "fetch.sh"), script);
    const taken = await fetch(url);
    assert.is(taken.code, 0, taken.stderr);
    rmSync(join(folder, "got"));
    serve(
      `${release}/packer-plugin-x_1.2.3_SHA256SUMS`,
      `${sum("forged")}  packer-plugin-x_1.2.3_linux_arm64.zip\n`,
    );
    serve(`${release}/packer-plugin-x_1.2.3_linux_arm64.zip`, "forged");
    assert.is((await fetch(url)).code, 1);
    assert.not.ok(existsSync(join(folder, "got")));
  },
);

const architecture = process.arch === "arm64" ? "arm64" : "amd64";

for (const [source, address] of [
  [
    "hcloud",
    "github.com/hetznercloud/packer-plugin-hcloud/releases/download/v1.7.2/packer-plugin-hcloud_v1.7.2_x5.0",
  ],
  [
    "proxmox-clone",
    "github.com/hashicorp/packer-plugin-proxmox/releases/download/v1.2.4/packer-plugin-proxmox_v1.2.4_x5.0",
  ],
  ["azure-arm", "releases.hashicorp.com/packer-plugin-azure/2.5.0/packer-plugin-azure_2.5.0"],
] as const)
  withGpg(test, `the plugin of ${source} is installed from the archive with its checksum, once`, async () => {
    const [, name = "", version = ""] = /packer-plugin-(\w+)_v?([\d.]+)/.exec(address) ?? [];
    const plugin = `packer-plugin-${name}_v${version}_x5.0_linux_${architecture}`;
    writeFileSync(join(folder, plugin), "#!/bin/sh\n");
    execFileSync("zip", ["--quiet", "--junk-paths", join(folder, "a.zip"), join(folder, plugin)]);
    const archive = `${address}_linux_${architecture}.zip`;
    serve(archive, readFileSync(join(folder, "a.zip")));
    program(
      "packer",
      `case "$1 $2" in "plugins installed") cat "${folder}/installed" ;; *) echo "$@" >>"${folder}/asked" ;; esac`,
    );
    writeFileSync(join(folder, "installed"), "");
    const install = () => run("plugins.sh", join(process.cwd(), "packer", source));
    const other = await install();
    assert.is(other.code, 1);
    assert.match(other.stderr, "does not have the checksum");
    assert.not.ok(existsSync(join(folder, "asked")));
    const pinned = archive.slice(archive.lastIndexOf("/") + 1);
    writeFileSync(
      join(folder, "packer-pins.sha256"),
      `${sum(readFileSync(join(folder, "a.zip")))}  ${pinned}\n`,
    );
    const { code, stderr } = await install();
    assert.is(code, 0, stderr);
    const full = /source *= *"(.*)"/.exec(readFileSync(`packer/${source}/plugins.pkr.hcl`, "utf8"))?.[1];
    assert.match(
      readFileSync(join(folder, "asked"), "utf8"),
      new RegExp(`^plugins install --path \\S+/${plugin.replaceAll(".", "\\.")} ${full}\n$`),
    );
    writeFileSync(join(folder, "installed"), `/root/.config/packer/plugins/${full}/${plugin}\n`);
    rmSync(join(folder, "asked"));
    assert.is((await install()).code, 0);
    assert.not.ok(existsSync(join(folder, "asked")));
  });

test("each source wants one version of one plugin, and each line of the list is a checksum and a name", () => {
  for (const source of readdirSync("packer", { withFileTypes: true }))
    if (source.isDirectory() && existsSync(`packer/${source.name}/plugins.pkr.hcl`))
      assert.match(
        readFileSync(`packer/${source.name}/plugins.pkr.hcl`, "utf8"),
        /version = "= \d+\.\d+\.\d+"\n/,
        source.name,
      );
  const lines = readFileSync("packer/pins.sha256", "utf8").trimEnd().split("\n");
  for (const line of lines.filter((each) => !each.startsWith("#")))
    assert.match(line, /^[0-9a-f]{64} {2}\S+$/);
});

test.run();

function program(name: string, body: string): void {
  writeFileSync(join(folder, "bin", name), `#!/bin/bash\n${body}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}

function serve(path: string, content: string | Buffer): void {
  mkdirSync(join(folder, "web", path, ".."), { recursive: true });
  writeFileSync(join(folder, "web", path), content);
}

/** Serves a list, its signature, and the signing key in place of HashiCorp's; returns the key's fingerprint. */
function sign(path: string, list: string): string {
  const home = mkdtempSync(join(folder, "gpg-"));
  chmodSync(home, 0o700);
  const gpg = (...words: readonly string[]) =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  gpg("--quick-generate-key", "HashiCorp <h@example.org>", "ed25519", "sign", "never");
  serve(path, list);
  gpg("--output", join(folder, "web", `${path}.sig`), "--detach-sign", join(folder, "web", path));
  serve("www.hashicorp.com/.well-known/pgp-key.txt", gpg("--export", "--armor"));
  const fingerprint = /^fpr:+(\w+):/m.exec(gpg("--with-colons", "--list-keys").toString())?.[1] ?? "";
  execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);
  return fingerprint;
}

function sum(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

function fetch(url: string) {
  return run("fetch.sh", url, "got");
}

function run(script: string, ...words: readonly string[]) {
  return execute("env", ["-C", folder, "bash", join(folder, script), ...words], {
    PATH: `${join(folder, "bin")}:${process.env.PATH}`,
  });
}
