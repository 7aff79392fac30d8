import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { encrypt, makeAgeKey } from "../support/hostile-archives.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { startSftpServer } from "../support/sftp-server.ts";

const test = suite("cases/extract");
const withTools = needs("sshd", "ssh-keygen", "7zz", "setsid", "age", "age-keygen", "zstd", "tar");

// Packs like a sensor: names as they are on its disk.
const packing = {
  zip: "printf 'p\\np\\n' | LC_ALL=C.UTF-8 setsid --wait 7zz a -tzip -mem=ZipCrypto -p -bd -bso0 ../archive.zip . && mv ../archive.zip ../archive",
  "7z": "printf 'p\\np\\n' | LC_ALL=C.UTF-8 setsid --wait 7zz a -t7z -mhe=on -p -bd -bso0 ../archive.7z . && mv ../archive.7z ../archive",
  "tar.zst.age": "tar --create . >../archive.tar",
} as const;

for (const [format, script] of Object.entries(packing))
  withTools(test, `extract-non-utf8: --extract unpacks names that are not UTF-8 (${format})`, async () => {
    const home = await mkdtemp(join(tmpdir(), "sensorbake-extract-"));
    const sshd = await startSftpServer();
    try {
      const key = await makeAgeKey(join(home, "age-key"));
      await mkdir(join(home, "from/home/a"), { recursive: true });
      await writeFile(Buffer.from(`${home}/from/home/a/caf\xe9.txt`, "latin1"), "latin");
      await writeFile(join(home, "from/home/a/ok.txt"), "ok");
      const packed = await execute("bash", ["-ec", `cd -- "$1/from"; ${script}`, "bash", home]);
      assert.is(packed.code, 0, packed.stderr);
      if (format === "tar.zst.age") await encrypt(join(home, "archive.tar"), join(home, "archive"), key);
      const archive = await readFile(join(home, "archive"));
      // s1 also has a damaged archive, which is the oldest, and a good one of another set; s2 has one archive.
      for (const [name, content] of [
        [`s1_home_2026-11-23_03-00-00.${format}`, Buffer.from("\x1b[31mnothing")],
        [`s1_home_2026-11-24_03-00-00.${format}`, archive],
        [`s1_srv_2026-11-24_03-00-00.${format}`, archive],
        [`s2_home_2026-11-24_03-00-00.${format}`, archive],
      ] as const)
        await putArchive(sshd.folder, name, content);

      const given = await readFile(join(packageRoot(), "test/cases/extract-non-utf8/sensors.yaml"), "utf8");
      const [head = "", entry = ""] = given.split(/(?<=sensors:\n)/);
      const mine = entry
        .replace("2323", String(sshd.port))
        .replace("sftpt", sshd.user)
        .replace("path: data", `path: ${sshd.path}`)
        .replace("PASTE", sshd.hostKey)
        .concat("    backup: {password: {file: password}}\n");
      await writeFile(join(home, "ck"), sshd.privateKey, { mode: 0o600 });
      await writeFile(join(home, "password"), "p\n", { mode: 0o600 });
      const file = join(home, "sensors.yaml");
      await writeFile(file, `${head}${mine}${mine.replace("name: s1", "name: s2")}`);

      const into = join(home, "into");
      const words = ["collect", file, "--into", into, "--extract", "--age-identity", key.file];
      const { code, stderr } = await sensorbake(words);
      assert.is(code, 3, stderr);
      assert.match(stderr, /^s1: 2 unpacked, 1 failed$/m);
      assert.match(stderr, /^s2: 1 unpacked$/m);
      assert.match(stderr, /^s1: s1_home_2026-11-23_03-00-00\S+: (7-Zip|age) could not/m);
      assert.not.match(stderr.replaceAll("\n", ""), /\p{Cc}/u);
      for (const set of ["s1/home", "s1/srv", "s2/home"]) {
        const names = await readdir(join(into, set, "2026-11-24_03-00-00/home/a"), { encoding: "latin1" });
        assert.equal(names.sort(), ["caf\xe9.txt", "ok.txt"]);
      }
      assert.equal(await readdir(join(into, "s1/home")), ["2026-11-24_03-00-00"]);
    } finally {
      await sshd.remove();
      await rm(home, { recursive: true, force: true });
    }
  });

test.run();
