import { owner, tagKeys } from "./tags.ts";

/** Every EC2 action that sensorbake uses, with IAM's names. */
export const actions = {
  read: [
    "DescribeAddresses",
    "DescribeImages",
    "DescribeInstanceAttribute",
    "DescribeInstances",
    "DescribeInstanceStatus",
    "DescribeInstanceTypes",
    "DescribeLaunchTemplates",
    "DescribeLaunchTemplateVersions",
    "DescribeSecurityGroups",
    "DescribeSubnets",
    "DescribeVpcs",
  ],
  /** Actions that create resources, which get our tag immediately. */
  create: ["AllocateAddress", "CreateLaunchTemplate", "CreateSecurityGroup", "RunInstances"],
  /** Actions that change or remove resources with our tag. */
  change: [
    "AssociateAddress",
    "AuthorizeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "CreateLaunchTemplateVersion",
    "DeleteLaunchTemplate",
    "DeleteSecurityGroup",
    "DisassociateAddress",
    "GetConsoleOutput",
    "ReleaseAddress",
    "RevokeSecurityGroupEgress",
    "RevokeSecurityGroupIngress",
    "TerminateInstances",
  ],
} as const;

/**
 * A sufficient IAM policy for launch, status and destroy that is limited to our resources: new resources must get our
 * tag, and only resources with it may be changed.
 */
export function policy(): object {
  const asked = { StringEquals: { [`aws:RequestTag/${tagKeys.managedBy}`]: owner } };
  const ours = { StringEquals: { [`aws:ResourceTag/${tagKeys.managedBy}`]: owner } };
  const made = ["instance", "volume", "network-interface"].map(ec2Arn);
  const used = ["launch-template", "security-group"].map(ec2Arn);
  return {
    Version: "2012-10-17",
    Statement: [
      { Sid: "Look", Effect: "Allow", Action: iam(actions.read), Resource: "*" },
      {
        Sid: "LaunchWhatIsTagged",
        Effect: "Allow",
        Action: "ec2:RunInstances",
        Resource: made,
        Condition: asked,
      },
      { Sid: "LaunchFromOurs", Effect: "Allow", Action: "ec2:RunInstances", Resource: used, Condition: ours },
      {
        Sid: "LaunchFromImagesIntoSubnets",
        Effect: "Allow",
        Action: "ec2:RunInstances",
        Resource: ["arn:aws:ec2:*::image/*", "arn:aws:ec2:*::snapshot/*", ec2Arn("subnet")],
      },
      {
        Sid: "MakeWhatIsTagged",
        Effect: "Allow",
        Action: iam(actions.create.filter((action) => action !== "RunInstances")),
        Resource: ["security-group", "launch-template", "elastic-ip"].map(ec2Arn),
        Condition: asked,
      },
      {
        Sid: "MakeGroupsInNetworks",
        Effect: "Allow",
        Action: "ec2:CreateSecurityGroup",
        Resource: ec2Arn("vpc"),
      },
      {
        Sid: "TagWhatIsBeingMade",
        Effect: "Allow",
        Action: "ec2:CreateTags",
        Resource: "arn:aws:ec2:*:*:*/*",
        Condition: { StringEquals: { "ec2:CreateAction": [...actions.create] } },
      },
      {
        Sid: "ChangeOurs",
        Effect: "Allow",
        Action: iam(actions.change),
        Resource: "arn:aws:ec2:*:*:*/*",
        Condition: ours,
      },
      {
        Sid: "LookUpImagesByParameter",
        Effect: "Allow",
        Action: "ssm:GetParameters",
        Resource: "arn:aws:ssm:*::parameter/aws/service/*",
      },
    ],
  };
}

function iam(names: readonly string[]): string[] {
  return names.map((name) => `ec2:${name}`);
}

function ec2Arn(kind: string): string {
  return `arn:aws:ec2:*:*:${kind}/*`;
}
