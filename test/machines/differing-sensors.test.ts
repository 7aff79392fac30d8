import { suite } from "uvu";
import * as assert from "uvu/assert";
import { differingSensors, type MeasuredSensor } from "../../src/machines/differing-sensors.ts";

const test = suite("machines/differing-sensors");

const usual = { days: 40, downloads: 10, capture_bytes_per_day: 2e8 };
const fleet = (...changes: readonly (Partial<MeasuredSensor["facts"]> & { reportAge?: number })[]) =>
  changes.map(
    ({ reportAge = 600, ...facts }, index): MeasuredSensor => ({
      sensor: `s${index}`,
      facts: { ...usual, ...facts },
      logsKeepDays: 30,
      reportAge,
    }),
  );

const cases: readonly (readonly [string, readonly MeasuredSensor[], readonly string[]])[] = [
  ["no sensor of an even fleet", fleet({}, {}, {}, {}), []],
  ["a sensor without downloads where the others have ten", fleet({}, {}, { downloads: 0 }), ["s2 downloads"]],
  ["no sensor with two downloads", fleet({}, {}, { downloads: 2 }), []],
  ["no sensor where the others have nine", fleet({ downloads: 9 }, { downloads: 9 }, { downloads: 0 }), []],
  ["none of two sensors", fleet({}, { downloads: 0, capture_bytes_per_day: 0 }), []],
  ["no young sensor that has had no time", fleet({}, {}, { days: 3, downloads: 0 }), []],
  ["no sensor on its first day", fleet({}, {}, {}, { days: 0, downloads: 0, capture_bytes_per_day: 0 }), []],
  [
    "a sensor that captures little",
    fleet({}, {}, { capture_bytes_per_day: 2e7 }),
    ["s2 capture_bytes_per_day"],
  ],
  [
    "no sensor where captures are small everywhere",
    fleet({ capture_bytes_per_day: 9e5 }, { capture_bytes_per_day: 9e5 }, { capture_bytes_per_day: 0 }),
    [],
  ],
  ["a sensor whose report is late", fleet({}, {}, { reportAge: 90_000 }), ["s2 report_age"]],
  ["no sensor whose report is hours old", fleet({}, {}, { reportAge: 80_000 }), []],
  ["the minority, not the majority", fleet({ downloads: 0 }, { downloads: 0 }, {}), []],
];
for (const [name, sensors, want] of cases)
  test(`names ${name}`, () => {
    assert.equal(
      differingSensors(sensors).map(({ sensor, measure }) => `${sensor} ${measure}`),
      want,
    );
  });

test("expects fewer downloads of a sensor that keeps them for a shorter time", () => {
  const [first, second, third] = fleet({ downloads: 30 }, { downloads: 30 }, { downloads: 1 });
  assert.ok(first && second && third);
  const short = { ...third, logsKeepDays: 5 };
  assert.equal(differingSensors([first, second, short]), []);
  assert.equal(differingSensors([first, second, third])[0]?.expected, 30);
});

test.run();
