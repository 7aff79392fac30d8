/** Caches a function's result for each object, because thousands of sensors share most of their parts. */
export function once<Given extends object, Value>(work: (given: Given) => Value): (given: Given) => Value {
  const known = new WeakMap<Given, Value>();
  return (given) => {
    if (known.has(given)) return known.get(given) as Value;
    const value = work(given);
    known.set(given, value);
    return value;
  };
}
