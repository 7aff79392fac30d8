import { suite } from "uvu";
import * as assert from "uvu/assert";
import { monthlyPrice, priceText } from "../../src/ec2/price.ts";
import { sampleSensor } from "../support/ec2-sample.ts";

const test = suite("ec2/price");
const ec2 = (region: string, instanceType: string) =>
  sampleSensor("x", { ec2: { region, instanceType } }).ec2;

test("adds instance, public address and disk, from a February to a month of 31 days", () => {
  const price = monthlyPrice(ec2("us-east-1", "t3.small"));
  // 672 h * (0.0208 + 0.005) + 20 * 0.08, and 744 h of the same
  assert.is(price?.from.toFixed(2), "18.94");
  assert.is(price?.to.toFixed(2), "20.80");
});

test("prints the total as a range with its date and its exclusions", () => {
  const text = priceText([ec2("us-east-1", "t3.small"), ec2("us-east-1", "t3.nano")]);
  assert.is(
    text,
    "about 27 to 30 US dollars a month without traffic (list prices, on demand, checked 2026-11-24)",
  );
});

test("does not guess prices that the table lacks", () => {
  assert.is(monthlyPrice(ec2("us-east-1", "m7g.large")), undefined);
  assert.is(monthlyPrice(ec2("mx-central-1", "t3.small")), undefined);
  assert.match(priceText([ec2("us-east-1", "m7g.large")]), /^not estimated/);
  assert.match(
    priceText([ec2("us-east-1", "m7g.large"), ec2("us-east-1", "t3.small")]),
    "and 1 not in the price table",
  );
});

test.run();
