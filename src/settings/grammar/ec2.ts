import { quoted } from "../../diagnostics/visible.ts";
import { choice, group, text, wholeNumber, yesNo } from "../leaf.ts";

/** Settings for EC2, with AWS's names. */
export function ec2Grammar() {
  return group("Settings for EC2; `sensorbake launch` needs at least the region.", {
    region: word(
      "a region like eu-central-1",
      /^[a-z]{2}(-[a-z]+)+-\d$/,
      "Region of the instance.",
      "eu-central-1",
    ),
    instance_type: word(
      "an instance type like t4g.small",
      /^[a-z][a-z0-9-]*\.[a-z0-9-]+$/,
      "Type of the instance; its architecture selects the image.",
      "t4g.small",
    ),
    image: word(
      "newest, baked, an image like ami-0123456789abcdef0, or a parameter like resolve:ssm:/aws/service/debian/release/13/latest/arm64",
      /^(newest|baked|ami-[0-9a-f]{8,17}|resolve:ssm:[A-Za-z0-9/._-]{1,1011})$/,
      "The image: the newest official image for `os`, the newest baked image, a pinned image, or an SSM parameter.",
      "newest",
    ),
    subnet: word(
      "a subnet like subnet-0123456789abcdef0",
      /^subnet-[0-9a-f]{8,17}$/,
      "Subnet of the instance; by default one of the region's default VPC.",
      "subnet-0123456789abcdef0",
    ),
    volume_gigabytes: wholeNumber(
      { description: "Size of the encrypted gp3 volume in GiB; by default `disk.size_gigabytes`, or 20." },
      1,
      16_384,
    ),
    elastic_ip: yesNo({
      description: "Whether the sensor gets an Elastic IP, which is kept if the instance is replaced.",
    }),
    egress: choice(
      {
        description:
          "Outgoing traffic that the security group allows: only web, name and time servers and the servers of these settings, or everything.",
      },
      ["restricted", "anywhere"],
    ),
  });
}

function word(takes: string, pattern: RegExp, description: string, example: string) {
  return text({ takes, description, examples: [example], schema: { pattern: pattern.source } }, (value) =>
    pattern.test(value) ? undefined : { message: `${quoted(value)} is not ${takes}` },
  );
}
