/**
 * A JSON value in which OpenTofu finds no expression: in a string of `*.tf.json`, `${` and `%{` begin one, and are
 * doubled to mean themselves. Keys are not expressions.
 */
export function literal<Value>(value: Value): Value {
  return JSON.parse(
    JSON.stringify(value, (_, item: unknown) =>
      typeof item === "string" ? item.replaceAll(/[$%](?=\{)/g, (sign) => sign + sign) : item,
    ),
  ) as Value;
}
