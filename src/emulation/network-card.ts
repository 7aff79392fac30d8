/** A card in a network of QEMU's own, where the guest is .15 and this machine is .2. */
export type NetworkCard = {
  readonly name: string;
  readonly network: string;
  readonly mac: string;
  /** From a TCP port of 127.0.0.1 to one of the guest. */
  readonly forwards: readonly { readonly from: number; readonly to: number }[];
};

/** The words of QEMU for a card that is there from the start. */
export function cardWords({ name, network, mac, forwards }: NetworkCard): readonly string[] {
  const words = forwards.map(({ from, to }) => `,hostfwd=tcp:127.0.0.1:${from}-:${to}`);
  const netdev = `user,id=${name},net=${network},ipv6=off${words.join("")}`;
  return ["-netdev", netdev, "-device", `virtio-net-pci,netdev=${name},mac=${mac},id=card-${name}`];
}
