import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderJson } from "../../src/diagnostics/render-json.ts";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const canaries = suite("a secret occurs in no message and in no snippet");

const canary = "Tr0ub4dor";
const head = `version: 1
sensors: [{name: a, target: ec2, admin: {allow_from: anywhere}}]
defaults:
  backup: `;

// What people do to a line with a password in it, each with at least one problem on or near that line.
const settings = [
  "{password: Tr0ub4dor}",
  "{password: Tr0ub4dor, formt: zip}",
  "{passwd: Tr0ub4dor}",
  "{pasword: Tr0ub4dor}",
  "{Password: Tr0ub4dor}",
  "{PASSPHRASE: Tr0ub4dor}",
  "{api_key: Tr0ub4dor, api-key: Tr0ub4dor, apikey: Tr0ub4dor, psk: Tr0ub4dor, secret: Tr0ub4dor, auth_token: Tr0ub4dor}",
  "{password:Tr0ub4dor}",
  "{password:Tr0ub4dor, x: 1}",
  "{password :Tr0ub4dor, x: 1}",
  '{"password":Tr0ub4dor, x: 1}',
  "{password: Tr0ub4dor\n",
  "{password: 'Tr0ub4dor}",
  '{password: "Tr0ub4dor}',
  '{password: "Tr0ub4dor\\q"}',
  '{password: "Tr0ub4dor\\x07"}',
  "{password: Tr0ub4dor: x}",
  "{password: @Tr0ub4dor}",
  "{password: `Tr0ub4dor`}",
  "{password: %Tr0ub4dor}",
  "{password: &Tr0ub4dor}",
  "{password: &Tr0ub4dor x}",
  "{password: *Tr0ub4dor }",
  "{password: !Tr0ub4dor x}",
  "{password: !!Tr0ub4dor x}",
  "{password: !<Tr0ub4dor> x}",
  "{password: |Tr0ub4dor}",
  "{password: [Tr0ub4dor]}",
  "{password: [Tr0ub4dor}",
  "{password: {Tr0ub4dor}}",
  "{password: {env: Tr0ub4dor!}}",
  "{password: {evn: Tr0ub4dor}}",
  "{password: {value: Tr0ub4dor}}",
  "{password: {env: A, file: Tr0ub4dor}}",
  "{password: äTr0ub4dor}",
  "{password: 漢字Tr0ub4dor, x: 1}",
  "\n    password: #Tr0ub4dor",
  "\n    password: x #Tr0ub4dor\n    y: 1",
  "\n    password: x#Tr0ub4dor\n    y: 1",
  "\n    password: Tr0ub4dor: Tr0ub4dor",
  "\n    password: Tr0ub4dor\n      Tr0ub4dor: 1",
  "\n    password: Tr0ub4dor\n     y: 1",
  "\n    password:\n      Tr0ub4dor",
  "\n    password:\n      Tr0ub4dor: Tr0ub4dor",
  "\n    password: >\n      x\n      Tr0ub4dor\n    y: 1",
  "\n    password: |\n      x\n      Tr0ub4dor\n\tTr0ub4dor",
  "\n    password: |\n\t  Tr0ub4dor",
  "\n    password:\tTr0ub4dor\n\ty: 1",
  "\n\tpassword: Tr0ub4dor",
  "\n    ? password\n    : Tr0ub4dor\n    y: 1",
  "\n    'password' : Tr0ub4dor\n    y: 1",
  "\n    password: Tr0ub4dor\n    password: Tr0ub4dor",
  "\n    password Tr0ub4dor\n    y: 1",
  "\n    password= Tr0ub4dor\n    y: 1",
  "\n    - password: Tr0ub4dor\n    y: 1",
  "{encrypt_to: [AGE-SECRET-KEY-1TR0UB4DOR]}",
  "{encrypt_to: AGE-SECRET-KEY-1TR0UB4DOR}",
  "{encrypt_to: [-----BEGIN OPENSSH PRIVATE KEY----- Tr0ub4dor]}",
  "\n    encrypt_to: |\n      -----BEGIN RSA PRIVATE KEY-----\n      Tr0ub4dor\n      -----END RSA PRIVATE KEY-----",
  "\n    encrypt_to:\n      -----BEGIN RSA PRIVATE KEY-----\n      Tr0ub4dor\n      -----END RSA PRIVATE KEY-----\n    x:y",
  "\n    encrypt_to: b3BlbnNzaC1rZXktdjEAAAAATr0ub4dor",
  "{}\n  transfer: {private_key: Tr0ub4dor, host_key: [-----BEGIN PRIVATE KEY-----Tr0ub4dor]}",
  "{}\n  network: {wifi: {psk: Tr0ub, ssid: 'x', pks: Tr0ub4dor}}",
  "{}\n  dshield: {api_key: Tr0ub4dor!}",
];

for (const written of settings)
  canaries(JSON.stringify(written).slice(0, 90), async () => {
    const outside = virtualWorld({ "s.yaml": `${head}${written}\n` });
    const { source, diagnostics } = await loadSettings("s.yaml", outside, { readSecrets: true });
    assert.ok(diagnostics.length > 0);
    for (const color of [true, false]) assertSilent(renderText(diagnostics, source, { color }));
    assertSilent(renderJson(diagnostics, source));
  });

for (const [name, environment] of [
  ["several lines", `${canary}\n${canary}`],
  ["a control character", `${canary}\x07`],
  ["what is no ASCII", `${canary}ö`],
  ["blanks at the end", `${canary} `],
  ["too much", canary.repeat(40)],
] as const)
  canaries(`nor does one from outside that holds ${name}`, async () => {
    const outside = virtualWorld(
      { "s.yaml": `${head}{password: {env: PW}}` },
      { environment: { PW: environment } },
    );
    const { source, diagnostics } = await loadSettings("s.yaml", outside, { readSecrets: true });
    assert.ok(diagnostics.some(({ code }) => code === "secret/unusable"));
    assertSilent(renderText(diagnostics, source, { color: false }) + renderJson(diagnostics, source));
  });

canaries.run();

function assertSilent(output: string): void {
  assert.not.match(output, new RegExp(canary, "i"));
}
