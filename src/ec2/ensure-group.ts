import {
  AuthorizeSecurityGroupEgressCommand,
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeSecurityGroupsCommand,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupEgressCommand,
  RevokeSecurityGroupIngressCommand,
} from "@aws-sdk/client-ec2";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { ask, askOfNew, isCode } from "./aws-failure.ts";
import { toPermissions } from "./permissions.ts";
import type { GroupStep } from "./plan-launch.ts";
import { readGroups } from "./read-region.ts";
import type { FoundGroup, Region } from "./region.ts";
import { type Rule, ruleChanges } from "./rules.ts";
import { fromAws, owner, sharedTags, tagKeys } from "./tags.ts";

/**
 * Creates the group, or completes the one of an interrupted run, and returns its id. Two concurrent runs may both create
 * it: work of the other run is not a failure; the rules are read again and missing ones are added.
 */
export async function ensureGroup(client: EC2Client, step: GroupStep, region: Region): Promise<string> {
  const found = region.groups.find(({ name, network }) => name === step.name && network === step.network);
  if (step.does === "none" && found !== undefined) return found.id;
  const id = found?.id ?? (await createGroup(client, step));
  let group = found ?? (await readGroup(client, id));
  for (let attempt = 1; ; attempt++) {
    try {
      await changeRules(client, group, step);
      return id;
    } catch (error) {
      if (attempt === 5 || !isCode(error, "InvalidPermission.Duplicate", "InvalidPermission.NotFound"))
        throw error;
      group = await readGroup(client, id);
    }
  }
}

async function createGroup(client: EC2Client, { name, network }: GroupStep): Promise<string> {
  try {
    const request = {
      GroupName: name,
      Description: "Honeypot sensors, made by sensorbake",
      VpcId: network,
      TagSpecifications: [{ ResourceType: "security-group" as const, Tags: sharedTags(name) }],
    };
    const { GroupId } = await ask("CreateSecurityGroup", () =>
      client.send(new CreateSecurityGroupCommand(request)),
    );
    return GroupId ?? "";
  } catch (error) {
    if (!isCode(error, "InvalidGroup.Duplicate")) throw error;
    return groupOfOtherRun(client, name, network);
  }
}

async function groupOfOtherRun(client: EC2Client, name: string, network: string): Promise<string> {
  const filters = [
    { Name: "group-name", Values: [name] },
    { Name: "vpc-id", Values: [network] },
  ];
  const { SecurityGroups } = await ask("DescribeSecurityGroups", () =>
    client.send(new DescribeSecurityGroupsCommand({ Filters: filters })),
  );
  const [group] = SecurityGroups ?? [];
  if (group?.GroupId === undefined || fromAws(group.Tags)[tagKeys.managedBy] !== owner)
    throw new OutsideError(
      `a security group named ${name} exists and has not the tag ${tagKeys.managedBy}=${owner}: it is left alone`,
      "rename it or give it the tag",
    );
  return group.GroupId;
}

// A new group may not be listed yet; then it has the rules of every new group.
async function readGroup(client: EC2Client, id: string): Promise<FoundGroup> {
  const [group] = await readGroups(client, [id]);
  return group ?? { id, name: "", network: "", ingress: [], egress: [{ protocol: "-1", cidr: "0.0.0.0/0" }] };
}

// Adds rules before removing others, so that a group in use never lacks a wanted rule.
async function changeRules(client: EC2Client, group: FoundGroup, { rules }: GroupStep): Promise<void> {
  const ingress = ruleChanges(rules.ingress, group.ingress);
  const egress = ruleChanges(rules.egress, group.egress);
  const permissions = (list: readonly Rule[]): { GroupId: string; IpPermissions: IpPermission[] } => ({
    GroupId: group.id,
    IpPermissions: toPermissions(list),
  });
  if (ingress.missing.length > 0)
    await askOfNew("AuthorizeSecurityGroupIngress", () =>
      client.send(new AuthorizeSecurityGroupIngressCommand(permissions(ingress.missing))),
    );
  if (egress.missing.length > 0)
    await askOfNew("AuthorizeSecurityGroupEgress", () =>
      client.send(new AuthorizeSecurityGroupEgressCommand(permissions(egress.missing))),
    );
  if (ingress.extra.length > 0)
    await askOfNew("RevokeSecurityGroupIngress", () =>
      client.send(new RevokeSecurityGroupIngressCommand(permissions(ingress.extra))),
    );
  if (egress.extra.length > 0)
    await askOfNew("RevokeSecurityGroupEgress", () =>
      client.send(new RevokeSecurityGroupEgressCommand(permissions(egress.extra))),
    );
}
