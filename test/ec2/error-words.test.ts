import { suite } from "uvu";
import * as assert from "uvu/assert";
import { AwsFailure, ask } from "../../src/ec2/aws-failure.ts";
import { wordsFor } from "../../src/ec2/error-words.ts";

const test = suite("ec2/error-words");

// Errors that a user can fix: each is explained, with the next step.
const cases: readonly (readonly [string, RegExp, RegExp])[] = [
  ["InsufficientInstanceCapacity", /no capacity for this instance type/, /later|another type/],
  ["VcpuLimitExceeded", /quota of vCPUs/, /Service Quotas/],
  ["InstanceLimitExceeded", /quota of instances/, /Service Quotas/],
  ["AddressLimitExceeded", /quota of Elastic IPs/, /Service Quotas/],
  ["InvalidAMIID.NotFound", /this image does not exist in this region/, /newest official image/],
  ["OptInRequired", /not opted in/, /Marketplace/],
  ["UnauthorizedOperation", /not allowed ec2:RunInstances/, /--print-policy/],
  ["ExpiredToken", /have expired/, /aws sso login/],
  ["CredentialsProviderError", /no AWS credentials were found/, /AWS_PROFILE/],
  ["SignatureDoesNotMatch", /does not accept these credentials/, /clock/],
  ["RequestLimitExceeded", /too many requests/, /again later/],
  ["Unsupported", /not offered in this zone/, /another type/],
  ["InsufficientFreeAddressesInSubnet", /no free address/, /ec2\.subnet/],
  ["OperationNotPermitted", /protected against termination/, /disable the protection/],
  ["DependencyViolation", /still uses it/, /left unchanged/],
  ["IdempotentParameterMismatch", /another launch of this sensor/, /wait a minute/],
  ["ENOTFOUND", /is unreachable/, /region's name/],
];
for (const [code, message, hint] of cases)
  test(`${code} is explained, with the next step`, () => {
    const words = wordsFor(code, "RunInstances", "Some Long AWS Sentence. And another.");
    assert.match(words.message, message);
    assert.match(words.hint ?? "", hint);
    assert.not.match(words.message, code);
  });

test("an error that is not in the table has AWS's first sentence and its code", () => {
  const { message } = wordsFor(
    "InvalidKmsKey.InvalidState",
    "RunInstances",
    "The KMS key is disabled. Enable it.",
  );
  assert.is(message, "The KMS key is disabled [InvalidKmsKey.InvalidState]");
});

test("the request's id is in the line, for AWS's support", async () => {
  const error = Object.assign(new Error("x"), {
    Code: "VcpuLimitExceeded",
    $metadata: { requestId: "id-1" },
  });
  const failure = await ask("RunInstances", () => Promise.reject(error)).catch((thrown: unknown) => thrown);
  assert.instance(failure, AwsFailure);
  assert.match(String(failure), /\(RunInstances, request id-1\)$/);
});

test("an error that is not from AWS keeps its stack", async () => {
  const bug = new TypeError("x is not a function");
  assert.is(await ask("RunInstances", () => Promise.reject(bug)).catch((thrown: unknown) => thrown), bug);
});

test.run();
