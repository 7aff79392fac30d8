import { type Guide, imageOf } from "./guide.ts";
import { rulesOf } from "./openings.ts";
import { command, kept } from "./shell.ts";

/** Parameters of the systems manager that name the publishers' newest images in each region. */
export const ec2Images = {
  "debian-12": "/aws/service/debian/release/12/latest/amd64",
  "debian-13": "/aws/service/debian/release/13/latest/amd64",
  "ubuntu-24.04": "/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
  "ubuntu-26.04": "/aws/service/canonical/ubuntu/server/26.04/stable/current/amd64/hvm/ebs-gp3/ami-id",
} as const;

export const ec2: Guide = {
  provider: "EC2",
  tool: "aws",
  create: ({ name, os, userData, openings }) => [
    {
      ...command`aws ec2 create-security-group --group-name ${name} --description ${"DShield sensor"}
        --query GroupId --output text`,
      keep: "GROUP",
    },
    command`aws ec2 authorize-security-group-ingress --group-id ${kept("GROUP")}
      --ip-permissions ${JSON.stringify(rulesOf(openings).map(permission))}`,
    command`aws ec2 run-instances --image-id resolve:ssm:${imageOf(ec2Images, os)} --instance-type t3.small
      --security-group-ids ${kept("GROUP")} --metadata-options HttpTokens=required,HttpPutResponseHopLimit=1
      --tag-specifications ResourceType=instance,Tags=[{Key=Name,Value=${name}}]
      --user-data fileb://${userData}`,
  ],
  unknown: {},
  console: '"Launch instance", "Advanced details", "User data"',
  address: ({ name }) =>
    command`aws ec2 describe-instances --filters Name=tag:Name,Values=${name}
      --query Reservations[].Instances[].PublicIpAddress --output text`,
};

function permission({ family, protocol, ports, network }: ReturnType<typeof rulesOf>[number]) {
  return {
    IpProtocol: family === "v6" && protocol === "icmp" ? "icmpv6" : protocol,
    FromPort: ports?.[0] ?? -1,
    ToPort: ports?.[1] ?? -1,
    ...(family === "v4" ? { IpRanges: [{ CidrIp: network }] } : { Ipv6Ranges: [{ CidrIpv6: network }] }),
  };
}
