import { autocompletion, closeBrackets, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, isolateHistory } from "@codemirror/commands";
import { yaml } from "@codemirror/lang-yaml";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { type Diagnostic, forEachDiagnostic, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { EditorView, highlightActiveLine, hoverTooltip, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { element } from "./dom.ts";
import type { Problem, TextChange } from "./protocol.ts";
import { completeSetting, describeSetting, type JsonSchema } from "./settings-help.ts";

/** The editor of the settings. */
export type Editor = {
  readonly text: () => string;
  /** Replaces the whole text; Ctrl-Z brings the old one back. */
  readonly replace: (text: string) => void;
  readonly showProblems: (problems: readonly Problem[]) => void;
  readonly goTo: (offset: number) => void;
  /** Replaces a part of the text; cursor and focus stay where they are. */
  readonly change: (change: TextChange) => void;
  /** Replaces a part of the text and moves the cursor behind it. */
  readonly correct: (range: { readonly from: number; readonly to: number }, text: string) => void;
};

/**
 * Creates the editor in a shadow tree: there its styles are constructed style sheets, which the page's policy allows.
 * Tab is not bound, so the keyboard can leave the editor.
 */
export function createEditor(
  host: HTMLElement,
  text: string,
  schema: () => JsonSchema | undefined,
  onChange: () => void,
): Editor {
  const root = host.attachShadow({ mode: "open" });
  const view = new EditorView({
    parent: root,
    root,
    doc: text,
    extensions: [
      lineNumbers(),
      history(),
      highlightActiveLine(),
      closeBrackets(),
      yaml(),
      syntaxHighlighting(colours),
      autocompletion({ override: [(context) => completeSetting(context, schema())], icons: false }),
      hoverTooltip((view, offset) => {
        const found = describeSetting(view.state.doc.toString(), offset, schema());
        if (found === undefined) return null;
        const { from, to, text } = found;
        return { pos: from, end: to, create: () => ({ dom: element("div", { className: "about" }, text) }) };
      }),
      keymap.of([
        { key: "Mod-.", run: fixLine },
        ...completionKeymap,
        ...lintKeymap,
        ...historyKeymap,
        ...defaultKeymap,
      ]),
      EditorView.lineWrapping,
      EditorView.contentAttributes.of({
        "aria-label": "Settings of the sensors, as YAML",
        tabindex: "0",
        spellcheck: "false",
      }),
      EditorView.updateListener.of(({ docChanged }) => docChanged && onChange()),
      look,
    ],
  });
  return {
    text: () => view.state.doc.toString(),
    replace: (text) => view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } }),
    showProblems: (problems) =>
      view.dispatch(setDiagnostics(view.state, problems.flatMap(underlined(view.state.doc.length)))),
    goTo: (offset) => {
      const anchor = Math.min(offset, view.state.doc.length);
      view.dispatch({ selection: { anchor }, scrollIntoView: true });
      view.focus();
    },
    change: ({ from, to, text }) =>
      view.dispatch({ changes: { from, to, insert: text }, annotations: isolateHistory.of("full") }),
    correct: (range, text) => {
      correct(view, range, text);
      view.focus();
    },
  };
}

function correct(view: EditorView, { from, to }: { from: number; to: number }, insert: string): void {
  view.dispatch({
    changes: { from, to, insert },
    selection: { anchor: from + insert.length },
    annotations: isolateHistory.of("full"),
  });
}

// Applies the first fix in the cursor's line.
function fixLine(view: EditorView): boolean {
  const line = view.state.doc.lineAt(view.state.selection.main.head);
  let isFixed = false;
  forEachDiagnostic(view.state, ({ actions: [fix] = [] }, from, to) => {
    if (isFixed || fix === undefined || to < line.from || from > line.to) return;
    fix.apply(view, from, to);
    isFixed = true;
  });
  return isFixed;
}

function underlined(length: number) {
  return ({ range, severity, message, hint, fix, code }: Problem): Diagnostic[] => {
    if (range === undefined || range.to > length) return [];
    const whole = hint === undefined ? message : `${message}\n${hint}`;
    const apply = (view: EditorView, from: number, to: number) => correct(view, { from, to }, fix ?? "");
    const actions = fix === undefined ? [] : [{ name: `Write ${fix} (Ctrl-.)`, apply }];
    return [{ ...range, severity, message: whole, source: code, actions }];
  };
}

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--mark)" },
  { tag: tags.comment, color: "var(--soft)", fontStyle: "italic" },
  { tag: [tags.punctuation, tags.separator, tags.meta], color: "var(--soft)" },
]);

// The library's underlines are images, which the page's policy refuses.
const look = EditorView.theme({
  "&": { maxHeight: "70vh", fontSize: "14px" },
  "&.cm-focused": { outline: "2px solid var(--mark)" },
  ".cm-scroller": { fontFamily: "ui-monospace, monospace", minHeight: "16rem" },
  ".cm-content": { caretColor: "var(--ink)" },
  ".cm-gutters": { background: "var(--ground)", color: "var(--soft)", border: "0" },
  ".cm-activeLine, .cm-activeLineGutter": { background: "color-mix(in srgb, var(--mark) 9%, transparent)" },
  ".cm-lintRange": { backgroundImage: "none", textDecoration: "underline wavy 1px" },
  ".cm-lintRange-error": { textDecorationColor: "var(--warn)" },
  ".cm-lintRange-warning": { textDecorationColor: "var(--mark)" },
  ".cm-tooltip": {
    background: "var(--card)",
    color: "var(--ink)",
    border: "1px solid var(--soft)",
    maxWidth: "36rem",
  },
  ".cm-tooltip .cm-diagnostic": { whiteSpace: "pre-wrap" },
  ".cm-tooltip .about, .cm-completionInfo": { padding: ".4rem .6rem", whiteSpace: "pre-wrap" },
  ".cm-tooltip-autocomplete ul li[aria-selected]": { background: "var(--mark)", color: "var(--card)" },
});
