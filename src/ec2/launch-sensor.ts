import {
  type EC2Client,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { ask, askOfNew, isCode } from "./aws-failure.ts";
import { clientToken } from "./client-token.ts";
import type { TemplateReference } from "./ensure-template.ts";
import type { SensorStep } from "./plan-launch.ts";
import { shapeDigest } from "./shape.ts";
import { sensorTags, tagKeys } from "./tags.ts";

/**
 * Launches the sensor and returns the id of its instance, after terminating the one that it replaces. A lost response
 * does not create a second instance, because the token is the same on every attempt, in this run and the next.
 */
export async function launchSensor(
  client: EC2Client,
  step: SensorStep,
  template: TemplateReference,
  groupId: string,
): Promise<string> {
  if (step.does === "replace" && step.instance !== undefined) {
    const { id } = step.instance;
    await ask("TerminateInstances", () => client.send(new TerminateInstancesCommand({ InstanceIds: [id] })));
  }
  // Tokens of terminated instances stay in use for a while after EC2 no longer lists the instances.
  for (let generation = step.generation; ; generation++) {
    try {
      return await run(client, { ...request(step, groupId, generation), LaunchTemplate: template });
    } catch (error) {
      if (generation === step.generation + 9 || !isCode(error, "IdempotentInstanceTerminated")) throw error;
    }
  }
}

/** The sensor-specific part of `RunInstances`. */
export function request(step: SensorStep, groupId: string | undefined, generation: number) {
  const { sensor } = step;
  const tags = sensorTags(sensor.name, {
    [tagKeys.userData]: sensor.userDataDigest,
    [tagKeys.shape]: shapeDigest(sensor),
    [tagKeys.template]: step.template,
  });
  return {
    MinCount: 1,
    MaxCount: 1,
    ClientToken: clientToken(sensor, step.template, generation),
    UserData: Buffer.from(sensor.userData).toString("base64"),
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
        ...(groupId !== undefined && { Groups: [groupId] }),
        ...(sensor.ec2.subnet !== undefined && { SubnetId: sensor.ec2.subnet }),
      },
    ],
    TagSpecifications: [
      { ResourceType: "instance", Tags: tags },
      { ResourceType: "volume", Tags: sensorTags(sensor.name) },
      { ResourceType: "network-interface", Tags: sensorTags(sensor.name) },
    ],
  } satisfies RunInstancesCommandInput;
}

async function run(client: EC2Client, input: RunInstancesCommandInput): Promise<string> {
  const { Instances } = await askOfNew("RunInstances", () => client.send(new RunInstancesCommand(input)));
  return Instances?.[0]?.InstanceId ?? "";
}
