import { suite } from "uvu";
import * as assert from "uvu/assert";
import { editCmdline, editConfig } from "../../src/image/edits.ts";
import { refusalOf } from "../support/boot-files.ts";

const test = suite("image: cmdline.txt and config.txt");

const stock = "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootwait quiet";
const lines: readonly (readonly [string, string, readonly string[], string])[] = [
  [
    "adds words at the end of the line",
    `${stock}\n`,
    ["ds=nocloud;i=a-1", "ro"],
    `${stock} ds=nocloud;i=a-1 ro\n`,
  ],
  ["leaves a line alone that has them all", `${stock} ro`, ["ro"], `${stock} ro`],
  ["leaves spaces alone when there is nothing to do", "a  b \n", ["b"], "a  b \n"],
  [
    "replaces a word with the same key",
    "a ds=nocloud;i=old b\n",
    ["ds=nocloud;i=new"],
    "a b ds=nocloud;i=new\n",
  ],
  ["takes no longer key for the same", "dsx=1 ds=2\n", ["ds=3"], "dsx=1 ds=3\n"],
  ["takes a word without a value as it is", "quiet=1\n", ["quiet"], "quiet=1 quiet\n"],
  ["adds a word only once", "a\n", ["b", "b"], "a b\n"],
  ["keeps a quoted word whole", 'a dyndbg="file x +p" b\n', ["c"], 'a dyndbg="file x +p" b c\n'],
  ["ends a line that has no end", "a", ["b"], "a b\n"],
  ["understands the line ends of Windows", "a\r\n", ["b"], "a b\n"],
  ["begins an empty file", "", ["a"], "a\n"],
];
for (const [name, text, words, want] of lines) test(name, () => assert.is(editCmdline(text, words), want));

test("refuses a second line, which a Pi would not read", async () => {
  assert.match(await refusalOf(() => editCmdline("a\nb\n", ["c"])), /more than one line/);
});

test("refuses a line longer than a Pi reads", async () => {
  assert.match(await refusalOf(() => editCmdline(`${"a".repeat(790)}\n`, ["quite-long"])), /801 characters/);
});

for (const word of ["", "two words", "a\nb", "ä"])
  test(`calls it a bug to add ${JSON.stringify(word)}`, () => {
    assert.throws(() => editCmdline("a\n", [word]), /is not valid on/);
  });

const block = "# sensorbake: begin\n[all]\nx=1\n# sensorbake: end\n";
const files: readonly (readonly [string, string, readonly string[], string])[] = [
  ["adds a block under [all]", "a=1\n[cm4]\nb=1\n", ["x=1"], `a=1\n[cm4]\nb=1\n${block}`],
  ["ends a last line that has no end", "a=1", ["x=1"], `a=1\n${block}`],
  [
    "replaces the block of an earlier run",
    `a=1\n${block}`,
    ["y=2"],
    "a=1\n# sensorbake: begin\n[all]\ny=2\n# sensorbake: end\n",
  ],
  ["takes the block away when there is nothing to add", `a=1\n${block}b=1\n`, [], "a=1\nb=1\n"],
  ["changes nothing when there is nothing to add", "a=1\n", [], "a=1\n"],
  ["leaves a block without an end alone", "# sensorbake: begin\na=1\n", [], "# sensorbake: begin\na=1\n"],
];
for (const [name, text, words, want] of files)
  test(`config.txt: ${name}`, () => assert.is(editConfig(text, words), want));

test.run();
