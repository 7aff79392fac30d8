/** A database in MaxMind's format, in which every address from 128.0.0.0 on is in Norway, and no other is in any country. */
export function countryDatabase(): Buffer {
  const nodes = 1;
  // One node: the first bit of an address leads nowhere (as many as there are nodes), or to the first datum.
  const tree = Buffer.from([0, 0, nodes, 0, 0, nodes + 16]);
  const metadata = map({
    binary_format_major_version: unsigned(5, 2),
    binary_format_minor_version: unsigned(5, 0),
    build_epoch: Buffer.concat([Buffer.from([4, 2]), bytes(1_700_000_000)]),
    database_type: text("GeoLite2-Country"),
    description: map({ en: text("made for a trial") }),
    ip_version: unsigned(5, 4),
    languages: Buffer.concat([Buffer.from([1, 4]), text("en")]),
    node_count: unsigned(6, nodes),
    record_size: unsigned(5, 24),
  });
  const data = map({ country: map({ names: map({ en: text("Norway") }) }) });
  return Buffer.concat([
    tree,
    Buffer.alloc(16),
    data,
    Buffer.from("abcdef", "hex"),
    Buffer.from("MaxMind.com"),
    metadata,
  ]);
}

function text(value: string): Buffer {
  return Buffer.concat([Buffer.from([(2 << 5) | value.length]), Buffer.from(value)]);
}

function unsigned(type: 5 | 6, value: number): Buffer {
  return value === 0 ? Buffer.from([type << 5]) : Buffer.from([(type << 5) | 1, value]);
}

function map(entries: Readonly<Record<string, Buffer>>): Buffer {
  const pairs = Object.entries(entries);
  return Buffer.concat([
    Buffer.from([(7 << 5) | pairs.length]),
    ...pairs.flatMap(([key, value]) => [text(key), value]),
  ]);
}

function bytes(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}
