import { execFileSync } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export type ElasticStandIn = {
  readonly port: number;
  /** Fingerprint of the key that signs. */
  readonly signer: string;
  readonly stop: () => void;
};

// As the real package: a configuration of its own, which must not win, and a unit.
const files: Readonly<Record<string, string>> = {
  "DEBIAN/control":
    "Package: filebeat\nVersion: 8.19.15\nArchitecture: amd64\nMaintainer: test <test@example.org>\nDescription: stand-in\n",
  "DEBIAN/conffiles": "/etc/filebeat/filebeat.yml\n",
  "etc/filebeat/filebeat.yml": "# the package's own\n",
  "usr/bin/filebeat": "#!/bin/bash\nexec sleep infinity\n",
  "lib/systemd/system/filebeat.service":
    "[Unit]\nDescription=stand-in\n[Service]\nExecStart=/usr/bin/filebeat\n[Install]\nWantedBy=multi-user.target\n",
};

/** Serves a stand-in for Filebeat's package, its signature and its key from `folder` on the loopback. Needs dpkg-deb and gpg. */
export async function startElasticStandIn(folder: string): Promise<ElasticStandIn> {
  const tree = join(folder, "tree");
  for (const [path, content] of Object.entries(files)) {
    await mkdir(join(tree, path, ".."), { recursive: true });
    await writeFile(join(tree, path), content, { mode: path.includes("/bin/") ? 0o755 : 0o644 });
  }
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o700 });
  const gpg = (...words: readonly string[]): Buffer =>
    execFileSync("gpg", ["--homedir", home, "--batch", "--quiet", "--passphrase", "", ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  const deb = join(folder, "filebeat-8.19.15-amd64.deb");
  execFileSync("dpkg-deb", ["--root-owner-group", "--build", tree, deb], { stdio: "ignore" });
  gpg("--quick-generate-key", "stand-in <test@example.org>", "ed25519", "sign", "never");
  const signer = /^fpr:+(\w+):/m.exec(gpg("--with-colons", "--list-keys").toString())?.[1] ?? "";
  await writeFile(join(folder, "GPG-KEY-elasticsearch"), gpg("--export", "--armor"));
  gpg("--armor", "--output", `${deb}.asc`, "--detach-sign", deb);
  execFileSync("gpgconf", ["--homedir", home, "--kill", "gpg-agent"]);

  const server = createServer(async ({ url = "" }, answer) => {
    const content = await readFile(join(folder, url.split("/").at(-1) ?? "")).catch(() => undefined);
    answer.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  return {
    port: (server.address() as AddressInfo).port,
    signer,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
