/** The resolved settings of a sensor on EC2. Names are AWS's own if AWS has one. */
export type Ec2Plan = {
  /** E.g. `eu-central-1`. */
  readonly region: string;
  /** E.g. `t4g.small`; its architecture selects the image. */
  readonly instanceType: string;
  readonly image: ImageChoice;
  /** `undefined`: a default subnet of the region's default VPC, chosen by EC2. */
  readonly subnet: string | undefined;
  /** Size of the one volume, in GiB as EC2 counts. */
  readonly volumeGigabytes: number;
  /** Whether the sensor has an Elastic IP, which is kept if the sensor is replaced. */
  readonly elasticIp: boolean;
  /** `restricted`: only traffic that the sensor itself needs may leave it. */
  readonly egress: "restricted" | "anywhere";
};

/**
 * `newest`: the newest official image of the sensor's operating system. `baked`: the newest baked image of this account.
 * `ami`: that image. `ssm`: the image in a public or private parameter, which EC2 itself resolves when the sensor is
 * launched.
 */
export type ImageChoice =
  | { readonly kind: "newest" }
  | { readonly kind: "baked" }
  | { readonly kind: "ami"; readonly id: string }
  | { readonly kind: "ssm"; readonly parameter: string };
