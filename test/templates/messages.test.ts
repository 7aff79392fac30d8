import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";

// Text of attackers in each format: a service must show it as it is, and nothing in it may call people or look like ours.

const messages = suite("templates/messages");
const test = needs("/usr/bin/python3");

const program = `
import json, sys
sys.path.insert(0, sys.argv[1])
import messages
message = json.load(sys.stdin)
kind, body, headers = messages.webhook(sys.argv[2], message)
print(json.dumps([kind, body.decode(), headers]))
`;

const hostile =
  "@everyone <!channel> <@U1> <https://evil.example|click> [x](https://evil.example) ``` ` *b* \"q\" 'q' \\ & <b>h</b> <at>all</at> {{DATE(2017-02-14T06:00:00Z)}} {{{TIME(2017-02-14T06:00:00Z)}}} @room \u0000\u001b[31m\r\nTitle: x \u202e \u00e4";

function render(
  format: string,
  text = hostile,
  count = 1,
): { kind: string; body: string; headers: Record<string, string> } {
  const message = {
    sensor: "fra-vps",
    since: 1_700_000_000,
    test: false,
    healthy: false,
    problems: Array.from({ length: count }, () => ({ name: "cowrie", message: text, next: "" })),
    former: {},
  };
  const words = ["-IB", "-c", program, resolve("templates/usr/local/lib/honeypot"), format];
  const [kind, body, headers] = JSON.parse(
    execFileSync("/usr/bin/python3", words, { input: JSON.stringify(message) }).toString(),
  );
  return { kind, body, headers };
}

/** The hostile text as printable ASCII in one line. */
const shown = hostile.replace("\u0000\u001b", "\\x00\\x1b").replace("\r\n", "\\x0d\\x0a");
const visible = shown.replace("\u202e", "\\xe2\\x80\\xae").replace("\u00e4", "\\xc3\\xa4");
const whole = `fra-vps needs attention\n- cowrie: ${visible}`;

test(messages, "json has the text and its parts, printable", () => {
  const { kind, body, headers } = render("json");
  assert.is(kind, "application/json");
  assert.is(JSON.parse(body).text, whole);
  assert.equal(headers, {});
  assert.match(body, /^[\x20-\x7e]*$/);
});

test(messages, "ntfy has the text as it is, and headers without it", () => {
  const { kind, body, headers } = render("ntfy");
  assert.is(kind, "text/plain");
  assert.is(body, whole);
  assert.equal(headers, { Title: "fra-vps needs attention", Priority: "high" });
});

test(messages, "slack has no formatting, no mention and no link", () => {
  const { text, ...rest } = JSON.parse(render("slack").body);
  assert.not.match(text, /[<>]|&(?!amp;|lt;|gt;)/);
  assert.is(text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"), whole);
  assert.equal(rest, { mrkdwn: false, parse: "none", link_names: false, unfurl_links: false });
});

test(messages, "discord has one block of code that the text cannot end, and calls nobody", () => {
  const { content, ...rest } = JSON.parse(render("discord").body);
  assert.is(content, `\`\`\`\n${whole.replaceAll("`", "'")}\n\`\`\``);
  assert.equal(rest, { allowed_mentions: { parse: [] }, flags: 4 });
});

test(messages, "matrix has plain text, and mentions nobody", () => {
  assert.equal(JSON.parse(render("matrix").body), { msgtype: "m.text", body: whole, "m.mentions": {} });
});

test(messages, "teams has text without Markdown, dates and mentions", () => {
  const { type, attachments } = JSON.parse(render("teams").body);
  assert.is(type, "message");
  const [{ contentType, content }] = attachments;
  assert.is(contentType, "application/vnd.microsoft.card.adaptive");
  assert.is(content.msteams, undefined);
  const lines = content.body.map((block: { type: string; inlines: { type: string; text: string }[] }) => {
    assert.is(block.type, "RichTextBlock");
    assert.is(block.inlines[0]?.type, "TextRun");
    return block.inlines[0]?.text;
  });
  assert.is(lines.join("\n"), whole.replace("{{DATE", "{ {DATE").replace("{{{TIME", "{ { {TIME"));
});

for (const [format, limit] of [
  ["discord", 2000],
  ["slack", 40_000],
  ["ntfy", 4096],
  ["teams", 28_000],
  ["matrix", 65_536],
] as const)
  test(messages, `${format} gets less than ${limit} bytes, whatever attackers write`, () => {
    assert.ok(render(format, "&<>`{{".repeat(5000), 20).body.length < limit);
  });

messages.run();
