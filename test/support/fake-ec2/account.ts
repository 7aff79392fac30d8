import type { Rule } from "../../../src/ec2/rules.ts";
import type { Query } from "./query.ts";

export type Tags = Record<string, string>;

/** One region of one account, as the endpoint keeps it. Tests look into it to see what is really there. */
export type Account = {
  readonly instances: Map<string, Instance>;
  readonly volumes: Map<
    string,
    { instance: string; size: number; type: string; encrypted: boolean; tags: Tags }
  >;
  readonly interfaces: Map<string, { instance: string; groups: readonly string[]; tags: Tags }>;
  readonly groups: Map<
    string,
    { name: string; network: string; ingress: Rule[]; egress: Rule[]; tags: Tags }
  >;
  readonly templates: Map<string, { name: string; versions: Query[]; tags: Tags }>;
  readonly addresses: Map<string, { address: string; instance: string | undefined; tags: Tags }>;
  readonly images: Map<string, Image>;
  readonly subnets: Map<string, string>;
  /** By parameter: the image it names. */
  readonly parameters: Map<string, string>;
  /** By client token: the request it came with, and the instance that was made. */
  readonly tokens: Map<string, { request: string; instance: string }>;
  counter: number;
  /** As EC2 does an hour later: instances that have ended are no longer listed, though their tokens are still known. */
  forgetsEnded: boolean;
  /** Most Elastic IPs. */
  addressQuota: number;
};

export type Instance = {
  state: "pending" | "running" | "shutting-down" | "terminated" | "stopped";
  /** How often the instance must be looked at before it goes on to its next state. */
  looks: number;
  type: string;
  image: string;
  address: string | undefined;
  groups: readonly string[];
  userData: string;
  token: string;
  metadata: Query;
  credits: string | undefined;
  isProtected: boolean;
  hasProfile: boolean;
  console: string;
  tags: Tags;
};

export type Image = {
  owner: string;
  name: string;
  architecture: string;
  root: string;
  gigabytes: number;
  created: string;
  tags: Tags;
};

export function newAccount(): Account {
  const image = (
    owner: string,
    name: string,
    architecture: string,
    root: string,
    created: string,
  ): Image => ({
    owner,
    name,
    architecture,
    root,
    gigabytes: 8,
    created,
    tags: {},
  });
  return {
    instances: new Map(),
    volumes: new Map(),
    interfaces: new Map(),
    groups: new Map(),
    templates: new Map(),
    addresses: new Map(),
    images: new Map([
      [
        "ami-00000001",
        image(
          "136693071363",
          "debian-13-amd64-20260901-1",
          "x86_64",
          "/dev/xvda",
          "2026-09-01T00:00:00.000Z",
        ),
      ],
      [
        "ami-00000002",
        image(
          "136693071363",
          "debian-13-amd64-20261101-1",
          "x86_64",
          "/dev/xvda",
          "2026-11-01T00:00:00.000Z",
        ),
      ],
      [
        "ami-00000003",
        image("136693071363", "debian-13-arm64-20261101-1", "arm64", "/dev/xvda", "2026-11-01T00:00:00.000Z"),
      ],
      // Somebody else's image under a name that the filter finds, and newer than all.
      [
        "ami-0000000e",
        image(
          "666666666666",
          "debian-13-amd64-20261123-1",
          "x86_64",
          "/dev/xvda",
          "2026-11-23T00:00:00.000Z",
        ),
      ],
      [
        "ami-00000004",
        image(
          "099720109477",
          "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20261101",
          "arm64",
          "/dev/sda1",
          "2026-11-01T00:00:00.000Z",
        ),
      ],
      [
        "ami-00000005",
        image("000000000000", "sensor-baked", "x86_64", "/dev/sdz", "2026-10-01T00:00:00.000Z"),
      ],
    ]),
    subnets: new Map([["subnet-00000001", "vpc-00000002"]]),
    parameters: new Map([["/aws/service/debian/release/13/latest/amd64", "ami-00000002"]]),
    tokens: new Map(),
    counter: 1,
    forgetsEnded: false,
    addressQuota: 5,
  };
}

/** An id like EC2's, never the same twice in a region. */
export function newId(account: Account, prefix: string): string {
  account.counter += 1;
  return `${prefix}-${account.counter.toString(16).padStart(17, "0")}`;
}
