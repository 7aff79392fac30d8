import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import ssh2 from "ssh2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Attack } from "../../src/trial/attacks/attack.ts";
import type { Guest } from "../../src/trial/observe/ask.ts";
import { findAttack } from "../../src/trial/observe/find-attack.ts";
import { loginMethods } from "../../src/trial/observe/login-methods.ts";
import { observeTrial } from "../../src/trial/observe/observe-trial.ts";
import { observers, type Scene } from "../../src/trial/observe/observers.ts";
import type { TrialScope } from "../../src/trial/observe/scope.ts";
import type { Sent } from "../../src/trial/stand-ins/stand-in.ts";
import { planOf } from "../support/example-plan.ts";
import { ed25519HostKey, ed25519Key } from "../support/keys.ts";

// The observers beside their scripts: what they ask, and what they conclude from answers and from stand-ins.

const test = suite("trial/observe");
const plan = await planOf({
  name: "sensor-1",
  target: "nocloud",
  admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
  siem: { logstash: "10.0.0.7:5044", plaintext: true },
  notify: { webhook: { url: { env: "HOOK" } }, heartbeat: { url: { env: "BEAT" } } },
  transfer: {
    host: "192.0.2.9",
    user: "sensor",
    path: "/backups",
    host_key: ed25519HostKey,
    generate_key: true,
  },
});
const whole: TrialScope = { absent: {}, attacker: "10.0.2.2" };

/** A guest that gives the same answer to each script, and keeps the scripts. */
function guestWith(answer: string, scripts: string[] = []): Guest {
  return {
    port: () => 1,
    run: async (script) => {
      scripts.push(script);
      const text = script.includes("honeypot-status --json") ? status() : answer;
      return { code: 0, stdout: Buffer.from(text), stderr: "" };
    },
  };
}

const check = (name: string, mark: string, message = "words") => ({ name, status: mark, message, next: "" });
function status({ checks = [check("disk", "good")], healthy = true, sensor = "sensor-1" } = {}): string {
  return JSON.stringify({ schema: 1, sensor, healthy, facts: {}, checks });
}

const sceneWith = (more: Partial<Scene>): Scene => ({
  plan,
  scope: whole,
  guest: guestWith("seen\tit\n"),
  sent: () => [],
  ...more,
});

const file = (name: string): Sent => ({
  kind: "backup server",
  to: "192.0.2.9:22",
  what: "file",
  name,
  bytes: 1,
  text: "",
});
const of = (kind: Sent["kind"], what: string): Sent => ({
  kind,
  to: "x:1",
  what,
  name: "",
  bytes: 10,
  text: "",
});

for (const [name, sent, want, says] of [
  ["archives and checksums", [file("a.zip"), file("a.zip.sha256")], true, /1 archives/],
  ["nothing", [], false, /no archive/],
  [
    "an archive without its checksum",
    [file("a.zip"), file("b.zip"), file("b.zip.sha256")],
    false,
    /1 archives .* without/,
  ],
] as const)
  test(`the transfer is observed by what arrived: ${name}`, async () => {
    const found = await observers.transfer(sceneWith({ sent: () => sent }));
    assert.is(found.observed, want);
    assert.match(found.evidence, says);
  });

test("a transfer that the sensor calls failed is not observed, whatever arrived", async () => {
  const scene = sceneWith({
    guest: guestWith("missing\tno\n"),
    sent: () => [file("a.zip"), file("a.zip.sha256")],
  });
  assert.not((await observers.transfer(scene)).observed);
});

for (const [id, right, wrong] of [
  ["heartbeat", of("web server", "heartbeat"), of("web server", "webhook")],
  ["webhook", of("web server", "webhook"), of("web server", "request to DShield")],
  ["mail", of("mail server", "message"), of("web server", "heartbeat")],
  ["siem", of("SIEM", "events"), of("web server", "request")],
] as const)
  test(`${id} is observed by what its stand-in received, and by nothing else`, async () => {
    assert.ok((await observers[id](sceneWith({ sent: () => [right] }))).observed);
    assert.not((await observers[id](sceneWith({ sent: () => [wrong] }))).observed);
    assert.not((await observers[id](sceneWith({}))).observed);
  });

for (const [name, answer, absent, want, says] of [
  ["a healthy sensor", status(), {}, true, /1 checks/],
  ["another sensor", status({ sensor: "other" }), {}, false, /another sensor/],
  ["no JSON", "sensor-1 is well\n", {}, false, /not in its format/],
  [
    "a bad check",
    status({ healthy: false, checks: [check("disk", "bad", "full")] }),
    {},
    false,
    /disk: full/,
  ],
  [
    "a check that waits",
    status({ healthy: false, checks: [check("first boot", "waiting")] }),
    {},
    false,
    /first boot/,
  ],
  ["no reason", status({ healthy: false }), {}, false, /without a reason/],
  [
    "a part that the trial lacks",
    status({ healthy: false, checks: [check("siem", "bad")] }),
    { siem: "x" },
    true,
    /without siem/,
  ],
  [
    "another part that the trial lacks",
    status({ healthy: false, checks: [check("siem", "bad")] }),
    { dshield: "x" },
    false,
    /siem/,
  ],
] as const)
  test(`the status of ${name} is ${want ? "" : "not "}what was promised`, async () => {
    const guest: Guest = {
      port: () => 1,
      run: async () => ({ code: 1, stdout: Buffer.from(answer), stderr: "" }),
    };
    const found = await observers.status(sceneWith({ guest, scope: { ...whole, absent } }));
    assert.is(found.observed, want, found.evidence);
    assert.match(found.evidence, says);
  });

for (const [name, methods, want] of [
  ["a key only", ["publickey"], true],
  ["a password too", ["publickey", "password"], false],
  ["questions too", ["publickey", "keyboard-interactive"], false],
] as const)
  test(`an sshd that offers ${name} is ${want ? "" : "not "}what was promised`, async () => {
    const { private: key } = ssh2.utils.generateKeyPairSync("ed25519");
    const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
      client.on("error", () => {}).on("authentication", (context) => context.reject([...methods]));
    });
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const found = await loginMethods((server.address() as AddressInfo).port, "analyst");
    server.close();
    assert.is(found.observed, want, found.evidence);
    assert.match(found.evidence, methods.at(-1) ?? "");
  });

test("an sshd that lets everyone in is not what was promised, nor is a silent port", async () => {
  const { private: key } = ssh2.utils.generateKeyPairSync("ed25519");
  const open = new ssh2.Server({ hostKeys: [key] }, (client) => {
    client.on("error", () => {}).on("authentication", (context) => context.accept());
  });
  await new Promise<void>((done) => open.listen(0, "127.0.0.1", done));
  assert.match((await loginMethods((open.address() as AddressInfo).port, "a")).evidence, "without a key");
  open.close();
  const silent: Server = createServer((socket) => socket.end("hello\n")).listen(0, "127.0.0.1");
  await once(silent, "listening");
  assert.not((await loginMethods((silent.address() as AddressInfo).port, "a")).observed);
  silent.close();
});

const login: Attack = {
  id: "ssh-login",
  what: "SSH",
  marker: "ssh-1f",
  ports: [22],
  outcome: "",
  seconds: 0,
};
const scan: Attack = {
  id: "port-scan",
  what: "scan",
  marker: undefined,
  ports: [22, 443],
  outcome: "",
  seconds: 0,
};

test("a scan is looked for at the ports that no other attack went to", async () => {
  const scripts: string[] = [];
  const scene = sceneWith({ guest: guestWith("seen\tit\n", scripts) });
  await findAttack("capture", scan, scene);
  assert.match(scripts[0] ?? "", 'filter="src host 10.0.2.2 and tcp and (dst port 443)"');
});

test("the status shows an attack only by a new line of its log", async () => {
  const at = async (one: object) => {
    const stdout = Buffer.from(status({ checks: [one as never] }));
    const guest: Guest = { port: () => 1, run: async () => ({ code: 0, stdout, stderr: "" }) };
    return (await findAttack("status", login, sceneWith({ guest }))).observed;
  };
  assert.ok(await at(check("cowrie", "good", "0 minutes ago: {}")));
  assert.not(await at(check("cowrie", "good", "no entries in its log")));
  assert.not(await at(check("cowrie", "bad", "not running")));
  assert.not(await at(check("disk", "good", "0 minutes ago: {}")));
});

const options = { signal: new AbortController().signal, onStep: () => {}, waitSeconds: 0 };

test("a trial in which everything is seen is complete, and one missing promise or trace is enough", async () => {
  const scene = async (answers: (script: string) => string) =>
    observeTrial(
      {
        plan: await planOf({
          name: "sensor-1",
          target: "nocloud",
          admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
        }),
        scope: whole,
        sent: () => [],
        guest: {
          port: () => 1,
          run: async (script) => ({
            code: 0,
            stdout: Buffer.from(script.includes("honeypot-status --json") ? status() : answers(script)),
            stderr: "",
          }),
        },
      },
      [login],
      options,
    );
  const all = await scene(() => "seen\tit\n");
  // Nothing listens where a password is tried.
  assert.equal(
    all.observations.filter(({ observed }) => observed === false).map(({ id }) => id),
    ["login-methods"],
  );
  assert.not(all.isComplete);
  assert.equal(
    all.attacks[0]?.appearances.map(({ place, state }) => `${place} ${state}`),
    [
      "capture seen",
      "cowrie log not expected",
      "web log not expected",
      "firewall log not expected",
      "collected logs not expected",
      "archive seen",
      "status not expected",
    ],
  );
  const one = await scene((script) => (script.includes("dst port 22") ? "missing\tno\n" : "seen\tit\n"));
  assert.is(one.attacks[0]?.appearances[0]?.state, "missing");
  const other = await scene((script) => (script.includes("hostname") ? "missing\tno\n" : "seen\tit\n"));
  const failed = other.observations.find(({ id }) => id === "identity");
  assert.is(failed?.observed, false);
  assert.match(failed?.hint ?? "", "hostnamectl");
});

test("a filter of the user may leave an attack out of the capture", async () => {
  const filtered = await planOf({
    name: "sensor-1",
    target: "nocloud",
    capture: { filter: "not port 22" },
    admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" },
  });
  const { attacks } = await observeTrial(
    { plan: filtered, scope: whole, sent: () => [], guest: guestWith("missing\tno\n") },
    [login],
    options,
  );
  assert.is(attacks[0]?.appearances[0]?.state, "not expected");
});

test("honeypot-status is asked again until it shows the attack", async () => {
  const dshield = { install: true, email: "a@example.org", user_id: 1, api_key: { env: "KEY" } };
  const admin = { ssh_keys: [ed25519Key], allow_from: "anywhere" };
  // The first answer is for the promise.
  let asked = 0;
  const guest: Guest = {
    port: () => 1,
    run: async (script) => {
      if (!script.includes("honeypot-status --json"))
        return { code: 0, stdout: Buffer.from("seen\tit\n"), stderr: "" };
      asked += 1;
      const checks = [asked < 3 ? check("disk", "good") : check("cowrie", "good", "0 minutes ago: x")];
      return { code: 0, stdout: Buffer.from(status({ checks })), stderr: "" };
    },
  };
  const { attacks } = await observeTrial(
    sceneWith({ guest, plan: await planOf({ name: "sensor-1", target: "nocloud", admin, dshield }) }),
    [login],
    { ...options, waitSeconds: 0.5 },
  );
  assert.is(attacks[0]?.appearances.find(({ place }) => place === "status")?.state, "seen");
});

test("an observation that comes later is waited for", async () => {
  let asked = 0;
  const guest: Guest = {
    port: () => 1,
    run: async () => {
      asked += 1;
      return { code: 0, stdout: Buffer.from(asked < 2 ? "missing\tno\n" : "seen\tit\n"), stderr: "" };
    },
  };
  const { attacks } = await observeTrial(
    sceneWith({ guest, plan: { ...plan, siem: undefined, notify: undefined, transfer: undefined } }),
    [login],
    {
      ...options,
      waitSeconds: 0.5,
    },
  );
  assert.is(attacks[0]?.appearances[0]?.state, "seen");
});

test.run();
