/**
 * List prices in US dollars, Linux, on demand. Not a quote: excludes discounts, free tiers, taxes and traffic.
 *
 * Instance hours: read on the date below from a stored copy of the SkyPilot project's public catalogue
 * (skypilot-catalog, catalogs/v8/aws/vms.csv at commit 00148f2), which copies them from AWS's own price list.
 * Public address: AWS's announcement for 2024-02-01, the same everywhere. Volume: several public tables give 0.08 per GB
 * and month for us-east-1; we assume that no region charges more than twice that.
 */
export const prices = {
  checked: "2026-11-24",
  where: "AWS's list prices as copied by the SkyPilot catalogue v8",
  addressHour: 0.005,
  volumeGigabyteMonth: { from: 0.08, to: 0.16 },
  /** The price of an hour of the size `small`, by family and region. Each size costs twice the next smaller one. */
  smallHour: {
    t3: {
      "af-south-1": 0.0271,
      "ap-east-1": 0.0292,
      "ap-northeast-1": 0.0272,
      "ap-northeast-2": 0.026,
      "ap-northeast-3": 0.0272,
      "ap-south-1": 0.0224,
      "ap-southeast-1": 0.0264,
      "ap-southeast-2": 0.0264,
      "ap-southeast-3": 0.0264,
      "ap-southeast-4": 0.0264,
      "ca-central-1": 0.0232,
      "eu-central-1": 0.024,
      "eu-north-1": 0.0216,
      "eu-south-1": 0.024,
      "eu-south-2": 0.0228,
      "eu-west-1": 0.0228,
      "eu-west-2": 0.0236,
      "eu-west-3": 0.0236,
      "me-central-1": 0.0251,
      "me-south-1": 0.0251,
      "us-east-1": 0.0208,
      "us-east-2": 0.0208,
      "us-west-1": 0.0248,
      "us-west-2": 0.0208,
    },
    t3a: {
      "ap-northeast-1": 0.0245,
      "ap-northeast-2": 0.0234,
      "ap-south-1": 0.0123,
      "ap-southeast-1": 0.0236,
      "ap-southeast-2": 0.0238,
      "ca-central-1": 0.0209,
      "eu-central-1": 0.0216,
      "eu-south-1": 0.0216,
      "eu-west-1": 0.0204,
      "eu-west-2": 0.0212,
      "eu-west-3": 0.0212,
      "us-east-1": 0.0188,
      "us-east-2": 0.0188,
      "us-west-1": 0.0223,
      "us-west-2": 0.0188,
    },
    t4g: {
      "ap-south-1": 0.0112,
      "ap-southeast-1": 0.0212,
      "ap-southeast-2": 0.0212,
      "ap-southeast-3": 0.0212,
      "ap-southeast-4": 0.0212,
      "ca-central-1": 0.0184,
      "eu-central-1": 0.0192,
      "eu-north-1": 0.0172,
      "eu-south-1": 0.0192,
      "eu-south-2": 0.0184,
      "eu-west-1": 0.0184,
      "eu-west-2": 0.0188,
      "eu-west-3": 0.0188,
      "me-central-1": 0.0204,
      "me-south-1": 0.0201,
      "us-east-1": 0.0168,
      "us-east-2": 0.0168,
      "us-west-1": 0.02,
      "us-west-2": 0.0168,
    },
  } as Readonly<Record<string, Readonly<Record<string, number>>>>,
} as const;

/** The relative prices of the sizes of a burstable family, with `small` as 1. */
export const sizeFactors: Readonly<Record<string, number>> = {
  nano: 0.25,
  micro: 0.5,
  small: 1,
  medium: 2,
  large: 4,
  xlarge: 8,
  "2xlarge": 16,
};
