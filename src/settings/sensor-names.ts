import type { MergedSensor } from "./merge.ts";

/** The placeholder for the sensor's name. */
const placeholder = "{sensor}";

/** A text with the sensor's name in place of {sensor}. */
export function withName(text: string, name: string): string {
  return text.replaceAll(placeholder, name);
}

/** The name of a variable: the sensor's name in upper case, with _ in place of -. */
export function variableWithName(variable: string, name: string): string {
  return withName(variable, name.toUpperCase().replaceAll("-", "_"));
}

/**
 * Returns a function that replaces {sensor} in each reference `{file: ...}` and `{env: ...}` of one sensor. Parts without
 * a placeholder stay shared between sensors.
 */
export function sensorNames(): <Settings extends MergedSensor>(settings: Settings) => Settings {
  const known = new WeakMap<object, boolean>();
  const mentions = (value: unknown): boolean => {
    if (typeof value !== "object" || value === null) return false;
    let found = known.get(value);
    if (found === undefined) {
      found = Object.entries(value).some(([key, item]) =>
        isName(key, item) ? item.includes(placeholder) : mentions(item),
      );
      known.set(value, found);
    }
    return found;
  };
  const replace = (value: unknown, name: string): unknown => {
    if (!mentions(value)) return value;
    if (Array.isArray(value)) return value.map((item: unknown) => replace(item, name));
    return Object.fromEntries(
      Object.entries(value as object).map(([key, item]) => [
        key,
        !isName(key, item)
          ? replace(item, name)
          : key === "env"
            ? variableWithName(item, name)
            : withName(item, name),
      ]),
    );
  };
  // The type stays the same, because texts are replaced only with texts.
  return (settings) => replace(settings, settings.name) as typeof settings;
}

function isName(key: string, item: unknown): item is string {
  return (key === "file" || key === "env") && typeof item === "string";
}
