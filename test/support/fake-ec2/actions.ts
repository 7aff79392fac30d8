import { fromPermissions } from "../../../src/ec2/permissions.ts";
import type { Rule } from "../../../src/ec2/rules.ts";
import { type Account, type Image, type Instance, newId, type Tags } from "./account.ts";
import { mapsOf, type Query, textOf, textsOf } from "./query.ts";
import type { Xml } from "./xml.ts";

/** EC2 refuses: its code and HTTP status. */
export class Refusal extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, message = code, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}

type Action = (account: Account, query: Query) => Xml;

/** The part of EC2 that sensorbake uses, with what moto leaves out: tokens, parameters, dependencies, quotas of rules. */
export const actions: Readonly<Record<string, Action>> = {
  DescribeInstances: (account, query) => {
    const found = [...account.instances]
      .filter(([, { tags }]) => hasTags(tags, query))
      .filter(([, { state }]) => !(account.forgetsEnded && state === "terminated"));
    for (const [id, instance] of found) age(account, id, instance);
    const { page, nextToken } = paged(found, query);
    return {
      reservationSet: page.map(([id, instance]) => ({ instancesSet: [instanceXml(account, id, instance)] })),
      nextToken,
    };
  },
  DescribeInstanceStatus: (account, query) => {
    const found = [...account.instances].filter(([, { state }]) => state === "running");
    const { page, nextToken } = paged(found, query);
    return {
      instanceStatusSet: page.map(([id]) => ({
        instanceId: id,
        instanceStatus: { status: "initializing" },
        systemStatus: { status: "ok" },
      })),
      nextToken,
    };
  },
  DescribeInstanceAttribute: (account, query) => ({
    instanceId: textOf(query.InstanceId),
    userData: { value: instanceOf(account, textOf(query.InstanceId)).userData },
  }),
  GetConsoleOutput: (account, query) => ({
    instanceId: textOf(query.InstanceId),
    output: Buffer.from(instanceOf(account, textOf(query.InstanceId)).console).toString("base64"),
  }),
  DescribeInstanceTypes: (_, query) => {
    const known: Readonly<Record<string, string>> = {
      "t3.small": "x86_64",
      "t3.micro": "x86_64",
      "t4g.small": "arm64",
    };
    const wanted = filter(query, "instance-type") ?? Object.keys(known);
    return {
      instanceTypeSet: wanted
        .filter((type) => type in known)
        .map((type) => ({ instanceType: type, processorInfo: { supportedArchitectures: [known[type]] } })),
    };
  },
  DescribeVpcs: () => ({ vpcSet: [{ vpcId: "vpc-00000001", isDefault: true }] }),
  DescribeSubnets: (account, query) => ({
    subnetSet: [...account.subnets]
      .filter(([id]) => filter(query, "subnet-id")?.includes(id) ?? true)
      .map(([subnetId, vpcId]) => ({ subnetId, vpcId })),
  }),
  DescribeImages: (account, query) => {
    const ids = textsOf(query.ImageId);
    const owners = textsOf(query.Owner).map((owner) => (owner === "self" ? "000000000000" : owner));
    for (const id of ids)
      if (!account.images.has(id))
        throw new Refusal("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
    return {
      imagesSet: [...account.images]
        .filter(
          ([id, image]) =>
            (ids.length === 0 || ids.includes(id)) && (owners.length === 0 || owners.includes(image.owner)),
        )
        .filter(
          ([, image]) =>
            hasTags(image.tags, query) &&
            matches(filter(query, "name"), image.name) &&
            matches(filter(query, "architecture"), image.architecture),
        )
        .map(([id, image]) => imageXml(id, image)),
    };
  },
  DescribeSecurityGroups: (account, query) => {
    const found = [...account.groups].filter(
      ([id, group]) =>
        hasTags(group.tags, query) &&
        (filter(query, "group-id")?.includes(id) ?? true) &&
        (filter(query, "group-name")?.includes(group.name) ?? true) &&
        (filter(query, "vpc-id")?.includes(group.network) ?? true),
    );
    const { page, nextToken } = paged(found, query);
    return {
      securityGroupInfo: page.map(([groupId, group]) => ({
        groupId,
        groupName: group.name,
        vpcId: group.network,
        ipPermissions: permissionsXml(group.ingress),
        ipPermissionsEgress: permissionsXml(group.egress),
        tagSet: tagsXml(group.tags),
      })),
      nextToken,
    };
  },
  CreateSecurityGroup: (account, query) => {
    const [name = "", network = "vpc-00000001"] = [textOf(query.GroupName), textOf(query.VpcId)];
    if ([...account.groups.values()].some((group) => group.name === name && group.network === network))
      throw new Refusal("InvalidGroup.Duplicate", `The security group '${name}' already exists`);
    const groupId = newId(account, "sg");
    const egress = [{ protocol: "-1", cidr: "0.0.0.0/0" }];
    account.groups.set(groupId, {
      name,
      network,
      ingress: [],
      egress,
      tags: specified(query, "security-group"),
    });
    return { groupId, return: true };
  },
  AuthorizeSecurityGroupIngress: (account, query) => authorize(account, query, "ingress"),
  AuthorizeSecurityGroupEgress: (account, query) => authorize(account, query, "egress"),
  RevokeSecurityGroupIngress: (account, query) => revoke(account, query, "ingress"),
  RevokeSecurityGroupEgress: (account, query) => revoke(account, query, "egress"),
  DeleteSecurityGroup: (account, query) => {
    const id = textOf(query.GroupId) ?? "";
    if (!account.groups.has(id))
      throw new Refusal("InvalidGroup.NotFound", `The security group '${id}' does not exist`);
    if ([...account.interfaces.values()].some(({ groups }) => groups.includes(id)))
      throw new Refusal("DependencyViolation", `resource ${id} has a dependent object`);
    account.groups.delete(id);
    return { return: true };
  },
  DescribeLaunchTemplates: (account, query) => {
    const found = [...account.templates].filter(
      ([, template]) =>
        hasTags(template.tags, query) &&
        (filter(query, "launch-template-name")?.includes(template.name) ?? true),
    );
    const { page, nextToken } = paged(found, query);
    return { launchTemplates: page.map(([id, template]) => templateXml(id, template)), nextToken };
  },
  CreateLaunchTemplate: (account, query) => {
    const name = textOf(query.LaunchTemplateName) ?? "";
    if ([...account.templates.values()].some((template) => template.name === name))
      throw new Refusal(
        "InvalidLaunchTemplateName.AlreadyExistsException",
        "Launch template name already in use.",
      );
    const id = newId(account, "lt");
    const template = {
      name,
      versions: [query.LaunchTemplateData as Query],
      tags: specified(query, "launch-template"),
    };
    account.templates.set(id, template);
    return { launchTemplate: templateXml(id, template) };
  },
  CreateLaunchTemplateVersion: (account, query) => {
    const template = templateOf(account, textOf(query.LaunchTemplateId));
    const source = template.versions[Number(textOf(query.SourceVersion)) - 1] ?? {};
    template.versions.push({ ...source, ...(query.LaunchTemplateData as Query) });
    return { launchTemplateVersion: { versionNumber: template.versions.length } };
  },
  DescribeLaunchTemplateVersions: (account, query) => {
    const template = templateOf(account, textOf(query.LaunchTemplateId));
    const number = Number(textsOf(query.LaunchTemplateVersion)[0] ?? 1);
    const image = textOf(template.versions[number - 1]?.ImageId) ?? "";
    const imageId = textOf(query.ResolveAlias) === "true" ? resolve(account, image) : image;
    return { launchTemplateVersionSet: [{ versionNumber: number, launchTemplateData: { imageId } }] };
  },
  DeleteLaunchTemplate: (account, query) => {
    const id = textOf(query.LaunchTemplateId) ?? "";
    templateOf(account, id);
    account.templates.delete(id);
    return {};
  },
  RunInstances: runInstances,
  TerminateInstances: (account, query) => {
    const ids = textsOf(query.InstanceId);
    for (const id of ids)
      if (instanceOf(account, id).isProtected)
        throw new Refusal("OperationNotPermitted", `The instance '${id}' may not be terminated.`);
    for (const id of ids) {
      const instance = instanceOf(account, id);
      if (instance.state !== "terminated") Object.assign(instance, { state: "shutting-down", looks: 1 });
    }
    return {
      instancesSet: ids.map((instanceId) => ({ instanceId, currentState: { name: "shutting-down" } })),
    };
  },
  DescribeAddresses: (account, query) => ({
    addressesSet: [...account.addresses]
      .filter(([, { tags }]) => hasTags(tags, query))
      .map(([allocationId, { address, instance, tags }]) => ({
        allocationId,
        publicIp: address,
        instanceId: instance,
        associationId: instance === undefined ? undefined : `eipassoc-${allocationId.slice(9)}`,
        tagSet: tagsXml(tags),
      })),
  }),
  AllocateAddress: (account, query) => {
    if (account.addresses.size >= account.addressQuota)
      throw new Refusal("AddressLimitExceeded", "The maximum number of addresses has been reached.");
    const allocationId = newId(account, "eipalloc");
    const address = `192.0.2.${account.counter % 250}`;
    account.addresses.set(allocationId, {
      address,
      instance: undefined,
      tags: specified(query, "elastic-ip"),
    });
    return { allocationId, publicIp: address, domain: "vpc" };
  },
  AssociateAddress: (account, query) => {
    const address = account.addresses.get(textOf(query.AllocationId) ?? "");
    const id = textOf(query.InstanceId);
    const { state } = instanceOf(account, id);
    if (address === undefined) throw new Refusal("InvalidAllocationID.NotFound");
    if (state !== "running")
      throw new Refusal("InvalidInstanceID", `The pending instance '${id}' is not in a valid state`);
    address.instance = id;
    return { associationId: "eipassoc-1", return: true };
  },
  DisassociateAddress: (account, query) => {
    const id = `eipalloc-${(textOf(query.AssociationId) ?? "").slice(9)}`;
    const address = account.addresses.get(id);
    if (address === undefined) throw new Refusal("InvalidAssociationID.NotFound");
    address.instance = undefined;
    return { return: true };
  },
  ReleaseAddress: (account, query) => {
    const id = textOf(query.AllocationId) ?? "";
    const address = account.addresses.get(id);
    if (address === undefined) throw new Refusal("InvalidAllocationID.NotFound");
    if (address.instance !== undefined)
      throw new Refusal("InvalidIPAddress.InUse", `Address ${address.address} is in use.`);
    account.addresses.delete(id);
    return { return: true };
  },
};

function runInstances(account: Account, query: Query): Xml {
  const reference = (query.LaunchTemplate ?? {}) as Query;
  const id = textOf(reference.LaunchTemplateId);
  const version = Number(textOf(reference.Version) ?? 1);
  const data = id === undefined ? {} : templateOf(account, id).versions[version - 1];
  if (data === undefined) throw new Refusal("InvalidLaunchTemplateId.VersionNotFound");
  const merged: Query = { ...data, ...query };
  const userData = textOf(merged.UserData) ?? "";
  if (Buffer.from(userData, "base64").length > 16_384)
    throw new Refusal("InvalidParameterValue", "User data is limited to 16384 bytes");
  const network = mapsOf(merged.NetworkInterface)[0] ?? {};
  const groups = textsOf(network.SecurityGroupId);
  for (const group of groups)
    if (!account.groups.has(group))
      throw new Refusal("InvalidGroup.NotFound", `The security group '${group}' does not exist`);
  const image = resolve(account, textOf(merged.ImageId) ?? "");
  if (textOf(query.DryRun) === "true")
    throw new Refusal("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);

  const token = textOf(query.ClientToken) ?? newId(account, "token");
  const request = JSON.stringify(query);
  const known = account.tokens.get(token);
  if (known !== undefined) {
    const before = instanceOf(account, known.instance);
    if (before.state === "terminated" || before.state === "shutting-down")
      throw new Refusal("IdempotentInstanceTerminated", "The instance has been terminated.");
    if (known.request !== request)
      throw new Refusal(
        "IdempotentParameterMismatch",
        "Arguments on this idempotent request are inconsistent",
      );
    return { instancesSet: [instanceXml(account, known.instance, before)] };
  }
  const instanceId = newId(account, "i");
  const instance: Instance = {
    state: "pending",
    looks: 1,
    type: textOf(merged.InstanceType) ?? "m1.small",
    image,
    address:
      textOf(network.AssociatePublicIpAddress) === "true" ? `203.0.113.${account.counter % 250}` : undefined,
    groups,
    userData,
    token,
    metadata: (merged.MetadataOptions ?? {}) as Query,
    credits: textOf(((merged.CreditSpecification ?? {}) as Query).CpuCredits),
    isProtected: false,
    hasProfile: merged.IamInstanceProfile !== undefined,
    console: "",
    tags: specified(query, "instance"),
  };
  account.instances.set(instanceId, instance);
  account.tokens.set(token, { request, instance: instanceId });
  for (const device of mapsOf(merged.BlockDeviceMapping)) {
    const ebs = (device.Ebs ?? {}) as Query;
    // A device that is not the root is a second disk beside the image's own: that one is then unencrypted.
    const isRoot = textOf(device.DeviceName) === account.images.get(image)?.root;
    account.volumes.set(newId(account, isRoot ? "vol" : "vol-second"), {
      instance: instanceId,
      size: Number(textOf(ebs.VolumeSize)),
      type: textOf(ebs.VolumeType) ?? "",
      encrypted: textOf(ebs.Encrypted) === "true",
      tags: specified(query, "volume"),
    });
  }
  account.interfaces.set(newId(account, "eni"), {
    instance: instanceId,
    groups,
    tags: specified(query, "network-interface"),
  });
  return { instancesSet: [instanceXml(account, instanceId, instance)] };
}

// Looking at an instance is what makes time pass here.
function age(account: Account, id: string, instance: Instance): void {
  if (instance.looks > 0) instance.looks -= 1;
  else if (instance.state === "pending") instance.state = "running";
  else if (instance.state === "shutting-down") {
    instance.state = "terminated";
    for (const [volume, { instance: owner }] of account.volumes)
      if (owner === id) account.volumes.delete(volume);
    for (const [card, { instance: owner }] of account.interfaces)
      if (owner === id) account.interfaces.delete(card);
    for (const address of account.addresses.values())
      if (address.instance === id) address.instance = undefined;
  }
}

function resolve(account: Account, image: string): string {
  const found = image.startsWith("resolve:ssm:") ? account.parameters.get(image.slice(12)) : image;
  if (found === undefined) throw new Refusal("InvalidParameterValue", `Invalid parameter: ${image}`);
  if (!account.images.has(found))
    throw new Refusal("InvalidAMIID.NotFound", `The image id '[${found}]' does not exist`);
  return found;
}

type Direction = "ingress" | "egress";

function authorize(account: Account, query: Query, direction: Direction): Xml {
  const group = groupOf(account, query);
  const asked = rulesOf(query);
  if (asked.some((rule) => group[direction].some((other) => sameRule(rule, other))))
    throw new Refusal("InvalidPermission.Duplicate", "the specified rule already exists");
  for (const family of [":", "."])
    if ([...group[direction], ...asked].filter(({ cidr }) => cidr.includes(family)).length > 60)
      throw new Refusal("RulesPerSecurityGroupLimitExceeded");
  group[direction].push(...asked);
  return { return: true };
}

function revoke(account: Account, query: Query, direction: Direction): Xml {
  const group = groupOf(account, query);
  const asked = rulesOf(query);
  if (!asked.every((rule) => group[direction].some((other) => sameRule(rule, other))))
    throw new Refusal("InvalidPermission.NotFound", "The specified rule does not exist");
  group[direction] = group[direction].filter((other) => !asked.some((rule) => sameRule(rule, other)));
  return { return: true };
}

function rulesOf(query: Query): Rule[] {
  const number = (value: Query | string | undefined) =>
    typeof value === "string" ? Number(value) : undefined;
  return fromPermissions(
    mapsOf(query.IpPermissions).map((permission) => ({
      IpProtocol: textOf(permission.IpProtocol),
      FromPort: number(permission.FromPort),
      ToPort: number(permission.ToPort),
      IpRanges: mapsOf(permission.IpRanges).map(({ CidrIp }) => ({ CidrIp: textOf(CidrIp) })),
      Ipv6Ranges: mapsOf(permission.Ipv6Ranges).map(({ CidrIpv6 }) => ({ CidrIpv6: textOf(CidrIpv6) })),
    })),
  );
}

function sameRule(a: Rule, b: Rule): boolean {
  return a.protocol === b.protocol && a.from === b.from && a.to === b.to && a.cidr === b.cidr;
}

function permissionsXml(rules: readonly Rule[]): Xml {
  return rules.map(({ protocol, from, to, cidr }) => ({
    ipProtocol: protocol,
    fromPort: from,
    toPort: to,
    ipRanges: cidr.includes(":") ? [] : [{ cidrIp: cidr }],
    ipv6Ranges: cidr.includes(":") ? [{ cidrIpv6: cidr }] : [],
  }));
}

function groupOf(account: Account, query: Query) {
  const group = account.groups.get(textOf(query.GroupId) ?? "");
  if (group === undefined) throw new Refusal("InvalidGroup.NotFound");
  return group;
}

function templateOf(account: Account, id: string | undefined) {
  const template = account.templates.get(id ?? "");
  if (template === undefined) throw new Refusal("InvalidLaunchTemplateId.NotFound", `template ${id}`);
  return template;
}

function instanceOf(account: Account, id: string | undefined): Instance {
  const instance = account.instances.get(id ?? "");
  if (instance === undefined)
    throw new Refusal("InvalidInstanceID.NotFound", `The instance ID '${id}' does not exist`);
  return instance;
}

function instanceXml(account: Account, id: string, instance: Instance): Xml {
  const elastic = [...account.addresses.values()].find((address) => address.instance === id)?.address;
  return {
    instanceId: id,
    imageId: instance.image,
    instanceState: { name: instance.state },
    instanceType: instance.type,
    ipAddress: instance.state === "running" ? (elastic ?? instance.address) : undefined,
    clientToken: instance.token,
    launchTime: "2026-11-24T06:00:00.000Z",
    groupSet: instance.groups.map((groupId) => ({ groupId })),
    tagSet: tagsXml(instance.tags),
  };
}

function imageXml(id: string, image: Image): Xml {
  return {
    imageId: id,
    imageOwnerId: image.owner,
    name: image.name,
    architecture: image.architecture,
    rootDeviceName: image.root,
    creationDate: image.created,
    blockDeviceMapping: [{ deviceName: image.root, ebs: { volumeSize: image.gigabytes } }],
  };
}

function templateXml(
  id: string,
  { name, versions, tags }: { name: string; versions: readonly Query[]; tags: Tags },
): Xml {
  return {
    launchTemplateId: id,
    launchTemplateName: name,
    latestVersionNumber: versions.length,
    tagSet: tagsXml(tags),
  };
}

function tagsXml(tags: Tags): Xml {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function specified(query: Query, kind: string): Tags {
  const specification = mapsOf(query.TagSpecification).find(({ ResourceType }) => ResourceType === kind);
  return Object.fromEntries(
    mapsOf(specification?.Tag).map(({ Key, Value }) => [textOf(Key) ?? "", textOf(Value) ?? ""]),
  );
}

function filter(query: Query, name: string): readonly string[] | undefined {
  const found = mapsOf(query.Filter).find(({ Name }) => Name === name);
  return found === undefined ? undefined : textsOf(found.Value);
}

function hasTags(tags: Tags, query: Query): boolean {
  return mapsOf(query.Filter)
    .filter(({ Name }) => textOf(Name)?.startsWith("tag:"))
    .every(({ Name, Value }) => textsOf(Value).includes(tags[textOf(Name)?.slice(4) ?? ""] ?? "\0"));
}

function matches(patterns: readonly string[] | undefined, text: string): boolean {
  if (patterns === undefined) return true;
  return patterns.some((pattern) =>
    new RegExp(`^${pattern.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`).test(text),
  );
}

function paged<Item>(
  items: readonly Item[],
  query: Query,
): { page: readonly Item[]; nextToken: string | undefined } {
  const start = Number(textOf(query.NextToken) ?? 0);
  const size = Number(textOf(query.MaxResults) ?? 1000);
  const end = start + size;
  return { page: items.slice(start, end), nextToken: end < items.length ? String(end) : undefined };
}
