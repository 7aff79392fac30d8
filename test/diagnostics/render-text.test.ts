import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Diagnostic, diagnose } from "../../src/diagnostics/diagnostic.ts";
import { displayWidth } from "../../src/diagnostics/display-width.ts";
import { exitCode } from "../../src/diagnostics/exit-code.ts";
import { inOrder } from "../../src/diagnostics/in-order.ts";
import { editDistance, nearest } from "../../src/diagnostics/nearest.ts";
import { pathText } from "../../src/diagnostics/path-text.ts";
import { renderJson } from "../../src/diagnostics/render-json.ts";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { positionAt, type Source, sourceOf } from "../../src/diagnostics/source.ts";
import { quoted, visible } from "../../src/diagnostics/visible.ts";

const rendering = suite("rendering diagnostics");

/** The source of a text in which `<<` and `>>` stand around the place, and that place. */
function marked(text: string): { source: Source; diagnostic: Diagnostic } {
  const start = text.indexOf("<<");
  const end = text.indexOf(">>") - 2;
  const source = sourceOf("s.yaml", text.replace("<<", "").replace(">>", ""));
  return {
    source,
    diagnostic: diagnose("source/syntax", { path: ["a", 0], range: { start, end } }, { message: "bad" }),
  };
}

for (const [name, text, line, caret] of [
  ["points at a word", "x: <<bad>>\n", "1 | x: bad", "  |    ^^^ a[0]"],
  ["points at the first character", "<<x>>: bad\n", "1 | x: bad", "  | ^ a[0]"],
  ["points at nothing with one caret", "x:<<>>\n", "1 | x:", "  |   ^ a[0]"],
  ["points behind the last line", "x:\n<<>>", "2 |", "  | ^ a[0]"],
  ["makes room for the line's number", `${"\n".repeat(99)}x: <<bad>>\n`, "100 | x: bad", "    |    ^^^ a[0]"],
  ["ends at the end of the first line", "x: <<bad\ny: 1>>\n", "1 | x: bad", "  |    ^^^ a[0]"],
  ["does not show a carriage return", "x: <<bad\r\n>>", "1 | x: bad", "  |    ^^^ a[0]"],
  [
    "knows that East Asian letters are wide",
    "名前: <<漢字>>, x\n",
    "1 | 名前: 漢字, x",
    "  |       ^^^^ a[0]",
  ],
  [
    "knows that marks have no width",
    "e\u0301: <<o\u0308o\u0308>>\n",
    "1 | e\u0301: o\u0308o\u0308",
    "  |    ^^ a[0]",
  ],
  ["knows that an emoji of several parts is one", "👩‍💻: <<x>>\n", "1 | 👩‍💻: x", "  |     ^ a[0]"],
  [
    "shows tabs as blanks to the next fourth column",
    "a\tb: <<x\ty>>\n",
    "1 | a   b: x    y",
    "  |        ^^^^^^ a[0]",
  ],
  ["shows controls as escapes", "a\x1bb: <<\x07>>\n", "1 | a\\u{1b}b: \\u{7}", "  |           ^^^^^ a[0]"],
  [
    "shows only the part of a long line around the place",
    `${"x".repeat(200)}<<bad>>${"y".repeat(200)}`,
    `1 | ...${"x".repeat(80)}bad${"y".repeat(80)}...`,
    `  | ${" ".repeat(83)}^^^ a[0]`,
  ],
  ["cuts a long place", `<<${"x".repeat(500)}>>`, `1 | ${"x".repeat(160)}...`, `  | ${"^".repeat(160)} a[0]`],
] as const)
  rendering(name, () => {
    const { source, diagnostic } = marked(text);
    const lines = renderText([diagnostic], source, { color: false }).split("\n");
    assert.is(lines[2], line);
    assert.is(lines[3], caret);
  });

rendering("wraps a message on a terminal, and puts the setting below a caret that reaches the edge", () => {
  const { source, diagnostic } = marked(`key: [${"x".repeat(30)}, <<${"y".repeat(40)}>>, z]\n`);
  const one = { ...diagnostic, message: "a message of several words", hint: `write this: ${"w".repeat(40)}` };
  assert.is(
    renderText([one], source, { color: false, width: 40 }),
    `s.yaml:1:39: error: a message of several
  words [source/syntax]
  |
1 | ...xxxxxx, ${"y".repeat(22)}...
  |            ${"^".repeat(22)}
  | a[0]
  = help: write this: ${"w".repeat(40)}
`,
  );
  const colored = renderText([one], source, { color: true, width: 40 });
  assert.is(stripVTControlCharacters(colored), renderText([one], source, { color: false, width: 40 }));
});

rendering("breaks a message after 100 columns on a wide terminal, but not its line of the file", () => {
  const { source, diagnostic } = marked(`key: <<${"y".repeat(150)}>>\n`);
  const one = { ...diagnostic, message: "word ".repeat(30).trim() };
  const [first = "", second = "", , line] = renderText([one], source, { color: false, width: 200 }).split(
    "\n",
  );
  assert.ok(first.length <= 100 && second.length <= 100, first);
  assert.is(line, `1 | key: ${"y".repeat(150)}`);
});

rendering("fits a terminal, with any text", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "b", " ", "漢", "\t", "o\u0308", "\x07"),
    maxLength: 150,
  });
  fc.assert(
    fc.property(text, text, text, fc.integer({ min: 140, max: 250 }), (before, at, after, width) => {
      const { source, diagnostic } = marked(`k${before}<<${at}b>>${after}.\n`);
      const lines = renderText([diagnostic], source, { color: false, width }).split("\n");
      for (const line of lines) assert.ok(displayWidth(line) <= width, line);
    }),
  );
});

rendering("prints the sample of the style guide", () => {
  const text = "version: 1\ndefaults:\n  dshield:\n    telent: true\n".replace("    telent", "  telent");
  const start = text.indexOf("telent");
  const place = { path: ["defaults", "dshield", "telent"], range: { start, end: start + 6 } };
  const diagnostic = diagnose("settings/unknown-key", place, {
    message: 'unknown key "telent"',
    hint: 'did you mean "telnet"?',
  });
  assert.is(
    renderText([diagnostic], sourceOf("sensors.yaml", text), { color: false }),
    `sensors.yaml:4:3: error: unknown key "telent" [settings/unknown-key]
  |
4 |   telent: true
  |   ^^^^^^ defaults.dshield.telent
  = help: did you mean "telnet"?
`,
  );
});

rendering("colour does not change the text", () => {
  const { source, diagnostic } = marked("x: <<bad>>\n");
  const colored = renderText([diagnostic], source, { color: true });
  assert.match(colored, "\u001b[31m");
  assert.is(stripVTControlCharacters(colored), renderText([diagnostic], source, { color: false }));
});

rendering("lets no message speak to the terminal", () => {
  const diagnostic = diagnose(
    "source/empty",
    { path: [] },
    { message: "a\u001b[2Jb\u202ec", hint: "d\u009b2Je\nf" },
  );
  assert.is(
    renderText([diagnostic], sourceOf("s\u001b.yaml", ""), { color: false }),
    "s\\u{1b}.yaml: error: a\\u{1b}[2Jb\\u{202e}c [source/empty]\n = help: d\\u{9b}2Je\\u{a}f\n",
  );
});

rendering("masks a possible secret, also if the place begins within it", () => {
  const source = { ...sourceOf("s.yaml", "p: secret\n   secret, q: 1\n"), masked: [{ start: 3, end: 19 }] };
  const at = (start: number) =>
    renderText(
      [diagnose("source/syntax", { path: [], range: { start, end: start + 2 } }, { message: "bad" })],
      source,
      { color: false },
    );
  assert.match(at(0), "1 | p: ***\n");
  assert.match(at(5), "1 | p: ***\n  |    ^^^\n");
  assert.match(at(15), "2 | ***, q: 1\n  | ^^^\n");
  assert.match(at(21), "2 | ***, q: 1\n  |      ^^\n");
});

rendering("JSON contains places and path parts", () => {
  const { source, diagnostic } = marked("x:\n  <<bad\n y>>: 1\n");
  assert.equal(JSON.parse(renderJson([diagnostic, { ...diagnostic, hint: "try" }], source)), [
    {
      code: "source/syntax",
      severity: "error",
      file: "s.yaml",
      line: 2,
      column: 3,
      end_line: 3,
      end_column: 3,
      path: ["a", 0],
      setting: "a[0]",
      message: "bad",
    },
    {
      code: "source/syntax",
      severity: "error",
      file: "s.yaml",
      line: 2,
      column: 3,
      end_line: 3,
      end_column: 3,
      path: ["a", 0],
      setting: "a[0]",
      message: "bad",
      hint: "try",
    },
  ]);
  assert.is(renderJson([], source), "[]\n");
});

rendering("sorts by place and says each thing once", () => {
  const at = (start: number, message: string) =>
    diagnose("source/syntax", { path: [], range: { start, end: start + 1 } }, { message });
  const whole = diagnose("source/empty", { path: [] }, { message: "e" });
  const sorted = inOrder([at(5, "b"), at(1, "a"), at(5, "b"), whole, at(5, "c"), at(1, "a")]);
  assert.equal(
    sorted.map(({ message }) => message),
    ["e", "a", "b", "c"],
  );
});

rendering("asks for the exit code of the worst", () => {
  const error = diagnose("source/syntax", { path: [] }, { message: "e" });
  const warning = diagnose("secret/literal", { path: [] }, { message: "w" });
  const outside = diagnose("source/missing", { path: [] }, { message: "o" });
  assert.is(exitCode([], { strict: true }), 0);
  assert.is(exitCode([warning], { strict: false }), 0);
  assert.is(exitCode([warning], { strict: true }), 1);
  assert.is(exitCode([warning, error], { strict: false }), 1);
  assert.is(exitCode([error, outside], { strict: false }), 3);
});

rendering("finds the line of each offset", () => {
  const source = sourceOf("s.yaml", "ab\n\ncd");
  assert.equal(
    Array.from({ length: 7 }, (_, offset) => positionAt(source, offset)).map(
      ({ line, column }) => `${line}:${column}`,
    ),
    ["1:1", "1:2", "1:3", "2:1", "3:1", "3:2", "3:3"],
  );
});

for (const [left, right, want] of [
  ["", "", 0],
  ["telent", "telnet", 1],
  ["telnet", "telnets", 1],
  ["abc", "", 3],
  ["kitten", "sitting", 3],
  ["ab", "ba", 1],
] as const)
  rendering(`finds ${want} edits between "${left}" and "${right}"`, () => {
    assert.is(editDistance(left, right), want);
    assert.is(editDistance(right, left), want);
    for (const limit of [1, 2, 3])
      assert.is(Math.min(limit, editDistance(left, right, limit)), Math.min(limit, want));
  });

rendering("finds the same distance within a limit, for any two words", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 });
  fc.assert(
    fc.property(word, word, fc.integer({ min: 1, max: 4 }), (left, right, limit) => {
      assert.is(
        Math.min(limit, editDistance(left, right, limit)),
        Math.min(limit, editDistance(left, right)),
      );
    }),
  );
});

rendering("leaves out no word that is near, for any words", () => {
  const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "d", "1", "A"), minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(word, word, (written, known) => {
      const distance = editDistance(written, known);
      const longest = Math.max(written.length, known.length);
      const isNear = distance === 1 ? longest > 1 : distance < 3 && 2 * distance < longest;
      assert.is(nearest(written, [known]), isNear ? known : undefined);
    }),
  );
});

rendering("suggests a word at a distance of one or two, the nearest one", () => {
  assert.is(nearest("formt", ["foo", "format", "form"]), "format");
  assert.is(nearest("xyz", ["abc", "format"]), undefined);
  assert.is(nearest("os", ["ab", "pi"]), undefined);
  assert.is(nearest("keep", ["keep_days"]), undefined);
  assert.is(nearest("telent", ["telnet"]), "telnet");
  assert.is(nearest("so", ["os"]), "os");
  assert.is(nearest("web", ["ref", "env"]), undefined);
});

rendering("quotes and cuts", () => {
  assert.is(quoted("a\nb"), '"a\\u{a}b"');
  assert.is(quoted("x".repeat(61)), `"${"x".repeat(60)}..."`);
  assert.is(quoted("😀".repeat(60)), `"${"😀".repeat(60)}"`);
  assert.is(visible("\ud800"), "\\u{d800}");
  assert.is(pathText(["sensors", 0, "admin", "ssh_keys", 2]), "sensors[0].admin.ssh_keys[2]");
  assert.is(displayWidth("ａb漢"), 5);
});

rendering.run();
