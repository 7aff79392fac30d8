const key = "sensorbake settings";

/** The settings that an earlier visit kept in this browser. */
export function keptSettings(): string | undefined {
  return storage()?.getItem(key) ?? undefined;
}

/** Keeps the settings in this browser, or forgets them (`undefined`). */
export function keepSettings(text: string | undefined): void {
  if (text === undefined) storage()?.removeItem(key);
  else storage()?.setItem(key, text);
}

// Some browsers refuse it to files.
function storage(): Storage | undefined {
  try {
    return localStorage;
  } catch {
    return undefined;
  }
}
