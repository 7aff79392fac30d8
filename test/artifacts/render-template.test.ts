import { suite } from "uvu";
import * as assert from "uvu/assert";
import { escapeEnvironment, escapeLine, escapeWords } from "../../src/artifacts/escapes.ts";
import { renderTemplate, type View } from "../../src/artifacts/render-template.ts";

const test = suite("render-template");
const same = (value: string): string => value;

test("puts each value through the escaper and nothing else", () => {
  assert.is(
    renderTemplate("{{a}} & {{b}}\n", { a: "<1>", b: "'2'" }, (value) => `[${value}]`),
    "[<1>] & ['2']\n",
  );
});

test("repeats a section over a list, and sees the outer names inside", () => {
  const view = { list: [{ x: "1" }, { x: "2" }], y: "!" };
  assert.is(renderTemplate("{{#list}}\n{{x}}{{y}}\n{{/list}}\n", view, same), "1!\n2!\n");
});

const refusals: readonly (readonly [name: string, template: string, view: View])[] = [
  ["a name that no view has", "{{nowhere}}", {}],
  ["a name that only the prototype has", "{{toString}}", {}],
  ["a name inside a section that neither view has", "{{#list}}{{z}}{{/list}}", { list: [{ x: "1" }] }],
  ["a value without escaping, in three braces", "{{{a}}}", { a: "1" }],
  ["a value without escaping, with an ampersand", "{{&a}}", { a: "1" }],
  ["an inverted section", "{{^a}}x{{/a}}", { a: "1" }],
  ["a partial", "{{>a}}", { a: "1" }],
  ["a section over a value that is no list", "{{#a}}x{{/a}}", { a: "1" }],
];
for (const [name, template, view] of refusals)
  test(`refuses ${name}`, () => {
    assert.throws(() => renderTemplate(template, view, same));
  });

test("a value that looks like a tag is a value", () => {
  assert.is(renderTemplate("{{a}}", { a: "{{b}}" }, same), "{{b}}");
});

test("escapes characters that are special to bash, dash and systemd", () => {
  assert.is(escapeEnvironment('a"b\\c$d`e'), 'a\\"b\\\\c\\$d\\`e');
});

for (const [format, write] of Object.entries({ escapeEnvironment, escapeWords, escapeLine }))
  for (const character of ["\n", "\r", "\0", "\x1b", "\x7f"])
    test(`${format} refuses ${JSON.stringify(character)}`, () => {
      assert.throws(() => write(`a${character}b`));
    });

for (const value of ["a%b", "a;b", "a$b", 'a"b', "a#b", "a\\b", "", "ä"])
  test(`a format of plain words refuses ${JSON.stringify(value)}`, () => {
    assert.throws(() => escapeWords(value));
  });

test.run();
