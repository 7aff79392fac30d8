/** The message for an error code. */
export type Words = { readonly message: string; readonly hint?: string; readonly isHopeless?: true };

/** The message for an AWS error; errors that are not in the tables keep AWS's own message. */
export function wordsFor(code: string, action: string, awsMessage: string): Words {
  if (code === "UnauthorizedOperation" || code === "AccessDenied" || code === "AccessDeniedException")
    return {
      message: `these credentials are not allowed ec2:${action}`,
      hint: "`sensorbake launch --print-policy` prints a sufficient policy",
      isHopeless: true,
    };
  const known = credentials[code] ?? limits[code] ?? things[code] ?? weather[code];
  return known ?? { message: `${firstSentence(awsMessage)} [${code}]` };
}

/** Whether the error is about the credentials, including missing ones. */
export function isCredentialsCode(code: string): boolean {
  return code in credentials;
}

type Table = Readonly<Record<string, Words>>;

const notAccepted: Words = {
  message: "AWS does not accept these credentials",
  hint: "they may be deleted or mistyped, or the region may not be enabled for the account",
  isHopeless: true,
};

const expired: Words = {
  message: "these credentials have expired",
  hint: "log in again, e.g. `aws sso login`, or get new ones",
  isHopeless: true,
};

const noCredentials: Words = {
  message: "no AWS credentials were found",
  hint: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`; required permissions: `sensorbake launch --print-policy`",
  isHopeless: true,
};

const credentials: Table = {
  AuthFailure: notAccepted,
  InvalidClientTokenId: notAccepted,
  SignatureDoesNotMatch: {
    ...notAccepted,
    hint: "the secret key may be mistyped, or this machine's clock may be wrong",
  },
  UnrecognizedClientException: notAccepted,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: { ...expired, hint: "log in again, or correct this machine's clock" },
  TokenProviderError: expired,
  CredentialsProviderError: noCredentials,
  MissingAuthenticationToken: noCredentials,
  OptInRequired: {
    message: "the account has not opted in to this resource",
    hint: "subscribe to the image in AWS Marketplace, or enable the region",
    isHopeless: true,
  },
  PendingVerification: {
    message: "AWS is still verifying the account",
    hint: "wait up to four hours",
    isHopeless: true,
  },
  Blocked: {
    message: "AWS has blocked the account",
    hint: "ask AWS support for the reason",
    isHopeless: true,
  },
};

const quota = "request an increase in the console under Service Quotas, or use fewer";

const limits: Table = {
  VcpuLimitExceeded: {
    message: "the account's quota of vCPUs for this family of instances is used up in the region",
    hint: 'request an increase under Service Quotas, "Running On-Demand Standard instances"',
  },
  InstanceLimitExceeded: {
    message: "the account's quota of instances is used up in the region",
    hint: quota,
  },
  MaxSpotInstanceCountExceeded: {
    message: "the account's quota of instances is used up in the region",
    hint: quota,
  },
  VolumeLimitExceeded: { message: "the account's quota of volumes is used up in the region", hint: quota },
  AddressLimitExceeded: {
    message: "the account's quota of Elastic IPs is used up in the region (5 by default)",
    hint: quota,
  },
  SecurityGroupLimitExceeded: { message: "the account's quota of security groups is used up", hint: quota },
  RulesPerSecurityGroupLimitExceeded: {
    message: "the security group would have more rules than the account's quota allows",
    hint: "combine networks in allow_from",
  },
  InsufficientFreeAddressesInSubnet: {
    message: "the subnet has no free address",
    hint: "choose another one with ec2.subnet",
  },
};

const things: Table = {
  "InvalidAMIID.NotFound": noImage(
    "this image does not exist in this region, or is not shared with this account",
  ),
  "InvalidAMIID.Malformed": noImage("the id of the image is mistyped"),
  "InvalidAMIID.Unavailable": noImage("the image is no longer available"),
  "InvalidSubnetID.NotFound": { message: "this subnet does not exist in this region" },
  "InvalidGroup.NotFound": {
    message: "the security group was deleted during the launch",
    hint: "run launch again",
  },
  "InvalidInstanceID.NotFound": { message: "the instance no longer exists" },
  VPCIdNotSpecified: {
    message: "the region has no default network",
    hint: "choose a subnet with ec2.subnet",
  },
  Unsupported: {
    message: "this instance type is not offered in this zone",
    hint: "choose another type, or a subnet in another zone",
  },
  DependencyViolation: {
    message: "another resource still uses it",
    hint: "it is left unchanged; run destroy again when it is unused",
  },
  OperationNotPermitted: {
    message: "the instance is protected against termination",
    hint: "disable the protection in the console",
  },
  IdempotentParameterMismatch: {
    message: "another launch of this sensor with other settings is in progress",
    hint: "wait a minute and run launch again",
  },
};

const weather: Table = {
  InsufficientInstanceCapacity: {
    message: "EC2 currently has no capacity for this instance type in this zone",
    hint: "run launch again later, choose another type, or a subnet in another zone",
  },
  RequestLimitExceeded: throttled(),
  Throttling: throttled(),
  ThrottlingException: throttled(),
  InternalError: {
    message: "EC2 had an internal error",
    hint: "run the command again; existing resources are kept",
  },
  ServiceUnavailable: { message: "EC2 is currently unavailable", hint: "run the command again later" },
  Unavailable: { message: "EC2 is currently unavailable", hint: "run the command again later" },
  ENOTFOUND: {
    message: "EC2 is unreachable: its address does not exist",
    hint: "check the region's name and this machine's network",
    isHopeless: true,
  },
  EAI_AGAIN: { message: "EC2 is unreachable: no name server responds", isHopeless: true },
  ECONNREFUSED: { message: "EC2 is unreachable: the connection was refused", isHopeless: true },
  ECONNRESET: {
    message: "the connection to EC2 was lost",
    hint: "run the command again; existing resources are kept",
  },
  TimeoutError: {
    message: "EC2 did not respond in time",
    hint: "run the command again; existing resources are kept",
  },
};

function noImage(message: string): Words {
  return { message, hint: "remove ec2.image to use the newest official image" };
}

function throttled(): Words {
  return {
    message: "this account has sent EC2 too many requests",
    hint: "run the command again later; existing resources are kept",
  };
}

function firstSentence(message: string): string {
  const sentence = message.trim().split(/\.(?:\s|$)/)[0] ?? "";
  return sentence === "" ? "AWS refused" : sentence;
}
