/**
 * Removes docstrings, comment lines and blank lines from a Python program, and indents it by one space. Our programs
 * are indented by four and have no other multi-line strings; a test compares the syntax trees of both forms.
 */
export function compactPython(text: string): string {
  const lines = text.split("\n");
  const kept: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] as string;
    const words = line.trim();
    if (words.startsWith('"""')) {
      if (!/^""".*"""$/.test(words)) while (!lines[++at]?.endsWith('"""'));
      // An otherwise empty body needs a statement.
      const following = lines.slice(at + 1).find((next) => next.trim() !== "") ?? "";
      if (depthOf(following) < depthOf(line)) kept.push(`${indent(line)}pass`);
    } else if (words !== "" && !words.startsWith("#")) kept.push(`${indent(line)}${words}`);
  }
  return `${kept.join("\n")}\n`;
}

function indent(line: string): string {
  return " ".repeat(Math.ceil(depthOf(line) / 4));
}

function depthOf(line: string): number {
  return line.length - line.trimStart().length;
}
