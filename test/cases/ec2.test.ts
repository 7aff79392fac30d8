import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertHolds, didOf, launchFleet } from "../support/ec2-fleet.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { startFakeEc2 } from "../support/fake-ec2/server.ts";

const test = suite("cases/ec2");

// Resources of the same run that EC2 may not know yet, by the request that names them.
const unknown: Readonly<Record<string, readonly string[]>> = {
  AuthorizeSecurityGroupIngress: ["InvalidGroup.NotFound"],
  AuthorizeSecurityGroupEgress: ["InvalidGroup.NotFound"],
  RevokeSecurityGroupEgress: ["InvalidGroup.NotFound"],
  DescribeLaunchTemplateVersions: ["InvalidLaunchTemplateId.NotFound"],
  CreateLaunchTemplateVersion: ["InvalidLaunchTemplateId.NotFoundException"],
  RunInstances: [
    "InvalidLaunchTemplateId.NotFound",
    "InvalidLaunchTemplateId.VersionNotFound",
    "InvalidGroup.NotFound",
  ],
  AssociateAddress: ["InvalidAllocationID.NotFound", "InvalidInstanceID.NotFound"],
};

test("ec2-not-yet-known: waits until EC2 knows new resources everywhere", async () => {
  const fake = await startFakeEc2();
  try {
    Object.assign(process.env, fake.env);
    const image = { kind: "ssm", parameter: "/aws/service/debian/release/13/latest/amd64" } as const;
    const sensor = sampleSensor("fra-1", { ec2: { elasticIp: true, image } });
    const refused: string[] = [];
    fake.fault = (action, _, number) => {
      const refuse = unknown[action]?.[number - 1];
      if (refuse === undefined) return undefined;
      refused.push(`${action} ${refuse}`);
      return { refuse };
    };
    assert.equal(didOf(await launchFleet([sensor])), ["fra-1 launched"]);
    assert.equal(
      refused.sort(),
      Object.entries(unknown)
        .flatMap(([action, codes]) => codes.map((code) => `${action} ${code}`))
        .sort(),
    );
    assertHolds(fake.account("eu-central-1"), [sensor]);
  } finally {
    await fake.close();
  }
});

test.run();
