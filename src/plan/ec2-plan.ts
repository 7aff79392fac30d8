/** What the settings say about a sensor on EC2, decided. Names are AWS's own where AWS has one. */
export type Ec2Plan = {
  /** E.g. `eu-central-1`. */
  readonly region: string;
  /** E.g. `t4g.small`; its architecture chooses the image's. */
  readonly instanceType: string;
  readonly image: ImageChoice;
  /** `undefined`: a default subnet of the region's default VPC, chosen by EC2. */
  readonly subnet: string | undefined;
  /** Size of the one volume, in GiB as EC2 counts. */
  readonly volumeGigabytes: number;
  /** Whether the sensor's address outlives it: an Elastic IP, kept when the sensor is replaced. */
  readonly elasticIp: boolean;
  /** `restricted`: only what the sensor itself needs leaves it, whoever has taken it over. */
  readonly egress: "restricted" | "anywhere";
};

/**
 * `newest`: the newest official image of the sensor's operating system. `baked`: the newest image of this
 * account that `sensorbake packer` made. `ami`: that one. `ssm`: what a public or own parameter names,
 * looked up by EC2 itself when the sensor is launched.
 */
export type ImageChoice =
  | { readonly kind: "newest" }
  | { readonly kind: "baked" }
  | { readonly kind: "ami"; readonly id: string }
  | { readonly kind: "ssm"; readonly parameter: string };
