/** The same function, which works once for each object: thousands of sensors share most of what they are made of. */
export function once<Given extends object, Value>(work: (given: Given) => Value): (given: Given) => Value {
  const known = new WeakMap<Given, Value>();
  return (given) => {
    if (known.has(given)) return known.get(given) as Value;
    const value = work(given);
    known.set(given, value);
    return value;
  };
}
