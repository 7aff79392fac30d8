import {
  AllocateAddressCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  type EC2Client,
  type RequestLaunchTemplateData,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AwsFailure, ask, isCode } from "./aws-failure.ts";
import { request } from "./launch-sensor.ts";
import type { LaunchPlan, SensorStep } from "./plan-launch.ts";
import type { Region } from "./region.ts";
import { sensorTags, sharedTags } from "./tags.ts";

/** AWS's reply to one dry-run request. */
export type Answer = {
  readonly region: string;
  readonly action: string;
  readonly what: string;
  readonly failure: AwsFailure | undefined;
};

/**
 * Asks AWS whether it would allow the plan's new resources: AWS checks permissions, the image, the instance type and the
 * quotas. Whether capacity is available is known only at the launch.
 */
export async function dryRun(
  client: EC2Client,
  plan: LaunchPlan,
  region: Region,
): Promise<readonly Answer[]> {
  const questions: (() => Promise<Answer>)[] = [];
  const question = (action: string, what: string, send: () => Promise<unknown>) =>
    questions.push(() => would({ region: plan.region, action, what }, send));
  for (const { does, name, network } of plan.groups)
    if (does === "create")
      question("CreateSecurityGroup", name, () =>
        client.send(
          new CreateSecurityGroupCommand({
            DryRun: true,
            GroupName: name,
            Description: "dry run",
            VpcId: network,
            TagSpecifications: [{ ResourceType: "security-group", Tags: sharedTags(name) }],
          }),
        ),
      );
  for (const { does, template } of plan.templates)
    if (does === "create")
      question("CreateLaunchTemplate", template.name, () =>
        client.send(
          new CreateLaunchTemplateCommand({
            DryRun: true,
            LaunchTemplateName: template.name,
            LaunchTemplateData: template.data as RequestLaunchTemplateData,
            TagSpecifications: [{ ResourceType: "launch-template", Tags: sharedTags(template.name) }],
          }),
        ),
      );
  for (const step of plan.sensors) {
    const { name } = step.sensor;
    const isNew = step.does === "launch" || step.does === "replace";
    if (isNew)
      question("RunInstances", name, () =>
        client.send(new RunInstancesCommand(runRequest(plan, step, region))),
      );
    if (step.does === "replace" && step.instance !== undefined) {
      const ids = [step.instance.id];
      question("TerminateInstances", name, () =>
        client.send(new TerminateInstancesCommand({ DryRun: true, InstanceIds: ids })),
      );
    }
    if (step.address.does === "allocate")
      question("AllocateAddress", name, () =>
        client.send(
          new AllocateAddressCommand({
            DryRun: true,
            Domain: "vpc",
            TagSpecifications: [{ ResourceType: "elastic-ip", Tags: sensorTags(name) }],
          }),
        ),
      );
  }
  const answers: Answer[] = [];
  for (const asked of questions) answers.push(await asked());
  return answers;
}

// The launch template may not exist yet, so the request itself has its content.
function runRequest(plan: LaunchPlan, step: SensorStep, region: Region): RunInstancesCommandInput {
  const data = plan.templates.find(({ template }) => template.name === step.template)?.template.data;
  const group = region.groups.find(({ name, network }) => name === step.group && network === step.network);
  const { ClientToken: _, ...rest } = request(step, group?.id, step.generation);
  return { DryRun: true, ...(data as object), ...rest };
}

// AWS always answers a dry run with an error; its code is the result.
async function would(call: Omit<Answer, "failure">, send: () => Promise<unknown>): Promise<Answer> {
  try {
    await ask(call.action, send);
    return { ...call, failure: undefined };
  } catch (error) {
    if (isCode(error, "DryRunOperation")) return { ...call, failure: undefined };
    if (!(error instanceof AwsFailure)) throw error;
    return { ...call, failure: error };
  }
}
