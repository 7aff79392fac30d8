/** A TCP packet without data. */
export type Packet = {
  readonly from: string;
  readonly to: string;
  readonly fromPort: number;
  readonly toPort: number;
};

/** A pcap file with these packets, each with the SYN flag. */
export function pcapOf(packets: readonly Packet[]): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(65_535, 16);
  head.writeUInt32LE(1, 20);
  return Buffer.concat([head, ...packets.flatMap(recordOf)]);
}

function recordOf({ from, to, fromPort, toPort }: Packet): readonly Buffer[] {
  const frame = Buffer.alloc(54);
  frame.writeUInt16BE(0x0800, 12);
  const [ip, tcp] = [14, 34];
  frame.writeUInt8(0x45, ip);
  frame.writeUInt16BE(40, ip + 2);
  frame.writeUInt8(64, ip + 8);
  frame.writeUInt8(6, ip + 9);
  for (const [address, at] of [
    [from, ip + 12],
    [to, ip + 16],
  ] as const)
    address.split(".").forEach((byte, index) => {
      frame.writeUInt8(Number(byte), at + index);
    });
  frame.writeUInt16BE(fromPort, tcp);
  frame.writeUInt16BE(toPort, tcp + 2);
  frame.writeUInt8(0x50, tcp + 12);
  frame.writeUInt8(2, tcp + 13);
  const head = Buffer.alloc(16);
  head.writeUInt32LE(1_700_000_000, 0);
  head.writeUInt32LE(frame.length, 8);
  head.writeUInt32LE(frame.length, 12);
  return [head, frame];
}
