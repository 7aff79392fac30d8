import type { Code } from "../diagnostics/codes.ts";
import { type Complaint, type Diagnostic, diagnose, type Range } from "../diagnostics/diagnostic.ts";
import { codePointName } from "../diagnostics/invisible.ts";
import { type Source, sourceOf } from "../diagnostics/source.ts";
import { failureCode, failureText } from "../settings/failure.ts";
import type { World } from "./world.ts";

/** Maximum size of a settings file in bytes; ten thousand sensors fit. */
export const largestFileBytes = 1 << 20;

// The characters of YAML 1.2 (c-printable) except a lone carriage return, which only some readers treat as a line end.
const unreadable = /[^\t\n\r\x20-~\x85\xa0-\ufffd]|\ufeff|\r(?!\n)/;

/**
 * The text of the settings file, or the reason why it cannot be read. Accepts a byte order mark and both line ends.
 * Changes to the file between the check and the read are reported as well, never thrown.
 */
export async function readSource(
  file: string,
  world: World,
): Promise<{ readonly source: Source; readonly diagnostics: readonly Diagnostic[] }> {
  const refuse = (code: Code, complaint: Complaint, text = "", range?: Range) => ({
    source: sourceOf(file, text),
    diagnostics: [diagnose(code, { path: [], range }, complaint)],
  });

  let bytes: Uint8Array;
  let wasThere = false;
  try {
    const { isFile, size } = await world.stat(file);
    if (!isFile) return refuse("source/not-a-file", notAFile);
    if (size > largestFileBytes) return refuse("source/too-large", tooLarge(size));
    wasThere = true;
    bytes = await world.readFile(file);
  } catch (error) {
    return refuse(...explainFailure(error, wasThere));
  }
  if (bytes.length > largestFileBytes) return refuse("source/too-large", tooLarge(bytes.length));

  const text = new TextDecoder("utf-8").decode(bytes);
  if (!isUtf8(bytes))
    return refuse("source/not-utf8", explainEncoding(bytes), text, rangeOf(text, text.indexOf("\ufffd")));
  const control = text.search(unreadable);
  if (control !== -1) {
    return refuse(
      "source/control-character",
      { message: `the text contains the control character ${codePointName(text.charAt(control))}` },
      text,
      rangeOf(text, control),
    );
  }
  return { source: sourceOf(file, text), diagnostics: [] };
}

const notAFile: Complaint = {
  message: "this is not a regular file",
  hint: "use the name of the YAML file, e.g. sensors.yaml",
};

function tooLarge(bytes: number): Complaint {
  return { message: `the file has ${bytes} bytes; a settings file has at most ${largestFileBytes}` };
}

function explainFailure(error: unknown, wasThere: boolean): [Code, Complaint] {
  const code = failureCode(error);
  if (code === "ENOENT" && wasThere)
    return ["source/missing", { message: "the file was removed while it was being read" }];
  if (code === "ENOENT" || code === "ENOTDIR")
    return [
      "source/missing",
      { message: "the file does not exist", hint: "`sensorbake init` writes a first settings file" },
    ];
  if (code === "EISDIR") return ["source/not-a-file", notAFile];
  return ["source/unreadable", { message: `the file cannot be read: ${failureText(error)}` }];
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

function explainEncoding([first, second]: Uint8Array): Complaint {
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return {
    message: isUtf16 ? "the file is UTF-16 text; settings must be UTF-8" : "the file is not UTF-8 text",
    hint: "save it as UTF-8",
  };
}

function rangeOf(text: string, offset: number): Range | undefined {
  return offset < 0 || offset >= text.length ? undefined : { start: offset, end: offset + 1 };
}
