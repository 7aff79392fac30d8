/** A card in a network of QEMU's own, where the guest is .15 and this machine is .2. */
export type NetworkCard = {
  readonly name: string;
  readonly network: string;
  readonly mac: string;
  /** From a TCP port of 127.0.0.1 to one of the guest. */
  readonly forwards: readonly { readonly from: number; readonly to: number }[];
  /** The only places that the guest can connect to. Without it the guest connects to everything that this machine can. */
  readonly isolation?: readonly GuestForward[] | undefined;
};

/** A port of an address of the card's network. Each connection of the guest starts the command, whose input and output it is. */
export type GuestForward = {
  readonly address: string;
  readonly port: number;
  readonly command: readonly string[];
};

/** The words of QEMU for a card that is there from the start. */
export function cardWords({ name, network, mac, forwards, isolation }: NetworkCard): readonly string[] {
  const words = [
    `user,id=${name},net=${network},ipv6=off`,
    ...(isolation === undefined ? [] : ["restrict=on"]),
    ...forwards.map(({ from, to }) => `hostfwd=tcp:127.0.0.1:${from}-:${to}`),
    ...(isolation ?? []).map(forwardWord),
  ];
  const device = `virtio-net-pci,netdev=${name},mac=${mac},id=card-${name}`;
  return ["-netdev", words.join(","), "-device", device];
}

// QEMU splits the command as a shell does, after it has taken two commas for one.
function forwardWord({ address, port, command }: GuestForward): string {
  const quoted = command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
  return `guestfwd=tcp:${address}:${port}-cmd:${quoted.replaceAll(",", ",,")}`;
}
