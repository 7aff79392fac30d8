/**
 * A JSON value in which OpenTofu finds no expression: in keys and strings of `*.tf.json`, `${` and `%{` begin one, and
 * are doubled to mean themselves.
 */
export function literal<Value>(value: Value): Value {
  return JSON.parse(JSON.stringify(value).replaceAll(/[$%](?=\{)/g, (sign) => sign + sign)) as Value;
}
