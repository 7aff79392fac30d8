import type { Ec2Plan } from "../plan/ec2-plan.ts";
import { prices, sizeFactors } from "./prices.ts";

/** US dollars per month, from a February to a month of 31 days. */
export type PriceRange = { readonly from: number; readonly to: number };

const hours = { from: 28 * 24, to: 31 * 24 };

/** The monthly price of one sensor without traffic; `undefined` if the table lacks its instance type or region. */
export function monthlyPrice(ec2: Ec2Plan): PriceRange | undefined {
  const [family = "", size = ""] = ec2.instanceType.split(".");
  const small = prices.smallHour[family]?.[ec2.region];
  const factor = sizeFactors[size];
  if (small === undefined || factor === undefined) return undefined;
  const hour = small * factor + prices.addressHour;
  const volume = prices.volumeGigabyteMonth;
  return {
    from: hour * hours.from + volume.from * ec2.volumeGigabytes,
    to: hour * hours.to + (ec2.region === "us-east-1" ? volume.from : volume.to) * ec2.volumeGigabytes,
  };
}

/** The total in words, with a note about missing prices. */
export function priceText(sensors: readonly Ec2Plan[]): string {
  const known = sensors.flatMap((ec2) => monthlyPrice(ec2) ?? []);
  const unknown = sensors.length - known.length;
  if (known.length === 0)
    return "not estimated: the price table has none of these instance types in these regions";
  const sum = (pick: (range: PriceRange) => number) => known.reduce((total, range) => total + pick(range), 0);
  const rest = unknown === 0 ? "" : `, and ${unknown} not in the price table`;
  return `about ${Math.floor(sum(({ from }) => from))} to ${Math.ceil(sum(({ to }) => to))} US dollars a month without traffic${rest} (list prices, on demand, checked ${prices.checked})`;
}
