import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { destroyFleet, launchFleet } from "../test/support/ec2-fleet.ts";
import { sampleSensor } from "../test/support/ec2-sample.ts";
import { startFakeEc2 } from "../test/support/fake-ec2/server.ts";
import { medianRatio } from "./paired.ts";
import type { Measure } from "./run.ts";

const count = 200;

/** What the SDK of EC2 costs at start-up and whom, and requests per sensor against an endpoint on this machine. */
export const measure: Measure = async () => {
  const command = join(packageRoot(), "dist/sensorbake.js");
  const node = process.execPath;
  const other = medianRatio([node, command, "--version"], [node, "-e", "0"], 11);
  const launch = medianRatio([node, command, "launch", "--print-policy"], [node, "-e", "0"], 11);
  return [
    `sensorbake --version, without the SDK, takes ${other.toFixed(2)} times node -e 0; launch --print-policy, with it, ${launch.toFixed(2)} times`,
    await requests(false),
    await requests(true),
    await throttled(),
  ];
};

async function requests(elasticIp: boolean): Promise<string> {
  const fake = await startFakeEc2();
  Object.assign(process.env, fake.env);
  fake.account("eu-central-1").addressQuota = count;
  const sensors = Array.from({ length: count }, (_, index) =>
    sampleSensor(`fra-${index}`, { ec2: { elasticIp } }),
  );
  const each = async (work: () => Promise<unknown>): Promise<string> => {
    const before = fake.requests.length;
    await work();
    return ((fake.requests.length - before) / count).toFixed(2);
  };
  try {
    const launched = await each(() => launchFleet(sensors));
    const again = await each(() => launchFleet(sensors));
    const names = sensors.map(({ name }) => name);
    const destroyed = await each(() => destroyFleet("eu-central-1", names));
    return `requests per sensor, ${count} sensors${elasticIp ? " with an Elastic IP each" : ""}: ${launched} to launch (goal: at most 4), ${again} to launch again, ${destroyed} to destroy`;
  } finally {
    await fake.close();
  }
}

// EC2 lets an account launch five instances at once and then two a second.
async function throttled(): Promise<string> {
  const [burst, perSecond, sensors] = [5, 2, 60];
  const fake = await startFakeEc2();
  Object.assign(process.env, fake.env);
  let tokens = burst;
  let last = Date.now();
  fake.fault = (action) => {
    if (action !== "RunInstances") return undefined;
    const now = Date.now();
    tokens = Math.min(burst, tokens + ((now - last) / 1000) * perSecond);
    last = now;
    if (tokens < 1) return { refuse: "RequestLimitExceeded", status: 503 };
    tokens -= 1;
    return undefined;
  };
  try {
    const start = Date.now();
    const { outcomes } = await launchFleet(
      Array.from({ length: sensors }, (_, index) => sampleSensor(`fra-${index}`)),
    );
    const times = (Date.now() - start) / 1000 / ((sensors - burst) / perSecond);
    const failed = outcomes.filter(({ did }) => did !== "launched").length;
    return `${sensors} sensors where EC2 lets ${burst} through at once and ${perSecond} a second: ${times.toFixed(2)} times the least time possible, ${failed} failed`;
  } finally {
    await fake.close();
  }
}
