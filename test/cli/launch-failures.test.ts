import * as assert from "uvu/assert";
import { launchSuite, run } from "../support/launch-command.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = launchSuite("cli/launch-failures");

const credentials: readonly (readonly [string, string, number, RegExp])[] = [
  [
    "expired credentials",
    "ExpiredToken",
    400,
    /^sensorbake: eu-central-1: these credentials have expired \(DescribeInstances, request [0-9a-f-]+\)\n {2}= help: log in again.*\n$/,
  ],
  [
    "a denied action",
    "UnauthorizedOperation",
    403,
    /^sensorbake: eu-central-1: these credentials are not allowed ec2:DescribeInstances \(.*\)\n {2}= help: `sensorbake launch --print-policy` prints a sufficient policy\n$/,
  ],
  [
    "refused credentials",
    "AuthFailure",
    401,
    /^sensorbake: eu-central-1: AWS does not accept these credentials \(.*\)\n {2}= help: .*\n$/,
  ],
];
for (const [name, refuse, status, message] of credentials)
  test(`${name} is one line and its help, exit 3`, async ({ fake, file }) => {
    fake.fault = () => ({ refuse, status });
    const { code, stderr } = await run(fake, ["launch", file, "--yes"]);
    assert.is(code, 3);
    assert.match(stderr, message);
  });

test("no credentials at all is one line and its help, exit 3", async ({ fake, file }) => {
  const env = {
    AWS_ENDPOINT_URL_EC2: fake.env.AWS_ENDPOINT_URL_EC2 ?? "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const { code, stderr } = await sensorbake(["launch", file, "--yes", "--no-apply"], { env });
  assert.is(code, 3);
  assert.match(
    stderr,
    /^sensorbake: eu-central-1: no AWS credentials were found \(DescribeInstances\)\n {2}= help: set AWS_PROFILE.*--print-policy`\n$/,
  );
});

test.run();
