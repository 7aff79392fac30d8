/** The services that can build images. */
export const ciKinds = ["github", "gitlab"] as const;

export type CiKind = (typeof ciKinds)[number];
