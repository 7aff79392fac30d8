/** What a person reads instead of an error code. */
export type Words = { readonly message: string; readonly hint?: string; readonly isHopeless?: true };

/** Words for an error of AWS's; what is not in the tables is said in AWS's own. */
export function wordsFor(code: string, action: string, awsMessage: string): Words {
  if (code === "UnauthorizedOperation" || code === "AccessDenied" || code === "AccessDeniedException")
    return {
      message: `these credentials are not allowed ec2:${action}`,
      hint: "`sensorbake launch --print-policy` prints a policy that suffices",
      isHopeless: true,
    };
  const known = credentials[code] ?? limits[code] ?? things[code] ?? weather[code];
  return known ?? { message: `${firstSentence(awsMessage)} [${code}]` };
}

/** Whether the error is about who asks, which includes that nobody could be asked as. */
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
  hint: "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or log in with `aws sso login`; what they need to be allowed: `sensorbake launch --print-policy`",
  isHopeless: true,
};

const credentials: Table = {
  AuthFailure: notAccepted,
  InvalidClientTokenId: notAccepted,
  SignatureDoesNotMatch: {
    ...notAccepted,
    hint: "the secret key may be mistyped, or this machine's clock wrong",
  },
  UnrecognizedClientException: notAccepted,
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  RequestExpired: { ...expired, hint: "log in again, or set this machine's clock" },
  TokenProviderError: expired,
  CredentialsProviderError: noCredentials,
  MissingAuthenticationToken: noCredentials,
  OptInRequired: {
    message: "the account has not opted in to what was asked for",
    hint: "subscribe to the image in AWS Marketplace, or enable the region",
    isHopeless: true,
  },
  PendingVerification: {
    message: "AWS is still verifying the account",
    hint: "it takes up to four hours",
    isHopeless: true,
  },
  Blocked: { message: "AWS has blocked the account", hint: "AWS's support says why", isHopeless: true },
};

const quota = "ask for more in the console under Service Quotas, or use fewer";

const limits: Table = {
  VcpuLimitExceeded: {
    message: "the account's quota of vCPUs for this family of instances is used up in the region",
    hint: 'ask for more under Service Quotas, "Running On-Demand Standard instances"',
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
    message: "the account's quota of Elastic IPs is used up in the region (5, unless more were asked for)",
    hint: quota,
  },
  SecurityGroupLimitExceeded: { message: "the account's quota of security groups is used up", hint: quota },
  RulesPerSecurityGroupLimitExceeded: {
    message: "the security group would have more rules than the account's quota allows",
    hint: "join networks of allow_from",
  },
  InsufficientFreeAddressesInSubnet: {
    message: "the subnet has no free address",
    hint: "name another with ec2.subnet",
  },
};

const things: Table = {
  "InvalidAMIID.NotFound": noImage(
    "there is no such image in this region, or it is not shared with this account",
  ),
  "InvalidAMIID.Malformed": noImage("the id of the image is mistyped"),
  "InvalidAMIID.Unavailable": noImage("the image is not available any more"),
  "InvalidSubnetID.NotFound": { message: "there is no such subnet in this region" },
  "InvalidGroup.NotFound": {
    message: "the security group has gone while it was needed",
    hint: "run launch again",
  },
  "InvalidInstanceID.NotFound": { message: "the instance has gone" },
  VPCIdNotSpecified: { message: "the region has no default network", hint: "name a subnet with ec2.subnet" },
  Unsupported: {
    message: "this instance type is not offered there",
    hint: "choose another type, or a subnet in another zone",
  },
  DependencyViolation: {
    message: "something that is not ours still uses it",
    hint: "it is left alone; destroy finds it again when it is free",
  },
  OperationNotPermitted: {
    message: "the instance is protected against termination",
    hint: "switch the protection off in the console when it is no longer wanted",
  },
  IdempotentParameterMismatch: {
    message: "another launch of this sensor, with other settings, is under way",
    hint: "wait a minute and run launch again",
  },
};

const weather: Table = {
  InsufficientInstanceCapacity: {
    message: "EC2 has no free machine of this type there at the moment",
    hint: "run launch again later, choose another type, or a subnet in another zone",
  },
  RequestLimitExceeded: throttled(),
  Throttling: throttled(),
  ThrottlingException: throttled(),
  InternalError: { message: "EC2 failed inside", hint: "run the command again; what exists is found again" },
  ServiceUnavailable: { message: "EC2 is not available at the moment", hint: "run the command again later" },
  Unavailable: { message: "EC2 is not available at the moment", hint: "run the command again later" },
  ENOTFOUND: {
    message: "EC2 cannot be reached: no such address",
    hint: "is the region's name right, and this machine online?",
    isHopeless: true,
  },
  EAI_AGAIN: { message: "EC2 cannot be reached: no name server answers", isHopeless: true },
  ECONNREFUSED: { message: "EC2 cannot be reached: the connection was refused", isHopeless: true },
  ECONNRESET: {
    message: "the connection to EC2 was cut",
    hint: "run the command again; what exists is found again",
  },
  TimeoutError: {
    message: "EC2 did not answer in time",
    hint: "run the command again; what exists is found again",
  },
};

function noImage(message: string): Words {
  return { message, hint: "leave ec2.image away for the newest official image" };
}

function throttled(): Words {
  return {
    message: "EC2 is asked too much by this account at the moment, also after waiting",
    hint: "run the command again later; what exists is found again",
  };
}

function firstSentence(message: string): string {
  const sentence = message.trim().split(/\.(?:\s|$)/)[0] ?? "";
  return sentence === "" ? "AWS refused" : sentence;
}
