import * as assert from "uvu/assert";
import {
  attributes,
  type HostileServer,
  type Hostility,
  name as names,
  number,
  packet,
  requests,
  startHostileServer,
  status,
  text,
} from "./hostile-sftp-server.ts";

/** The archive that the sensor sends, and that the server has for `collect`. */
export const archive = "attic-pi_home_2026-11-24_03-00-00.zip";
const older = "attic-pi_srv_2020-01-01_03-00-00.zip";
/** Sequences that change a terminal. */
export const escapes = "\u001b]0;owned\u0007\u001b[31m\u009b31m\r\n";
const command = "BASH_VERSINFO[$(>canary)]";
const line = (size: string, file: string) => `-rw-r--r-- ? 0 0 ${size} Nov 27 09:22 ${file}`;
const huge = 2n ** 64n - 1n;
const many = Array.from(
  { length: 1000 },
  (_, index) => [`${archive}.${index}`.padEnd(90, "x"), 1, false] as const,
);

/** How one server misbehaves. */
export type Case = {
  readonly name: string;
  readonly answer: Hostility;
  readonly banner?: string;
  readonly piecesOf?: number;
  /** It neither answers nor ends, so that patience has to. */
  readonly isSlow?: boolean;
  /** All the same everything is sent and comes home; or only sent. */
  readonly isGood?: true | "transfer";
};

const on = (types: readonly (keyof typeof requests)[], answer: Hostility): Hostility => {
  const wanted = types.map((type) => requests[type] as number);
  return (request, files) => (wanted.includes(request.type) ? answer(request, files) : undefined);
};
const silent: Hostility = () => "silence";
const fromInit = (answer: Buffer) => on(["init"], () => answer);
const afterwards = (answer: (id: number) => Buffer) =>
  on(["stat", "lstat", "opendir", "open", "mkdir"], ({ id }) => answer(id));

// OpenSSH asks for their names since version 9.0.
function owners(owner: string): Hostility {
  return ({ type, id, body }) => {
    if (type === requests.init)
      return packet(2, number(3), text("users-groups-by-id@openssh.com"), text("1"));
    if (type !== requests.extended) return undefined;
    const users = 4 + body.readUInt32BE(0);
    const groups = users + 4 + body.readUInt32BE(users);
    const all = [users, groups].map((at) =>
      text(Buffer.concat(Array.from({ length: body.readUInt32BE(at) / 4 }, () => text(owner)))),
    );
    return packet(201, number(id), ...all);
  };
}

/** The servers that every program of the sensor and of the admin must survive. */
export const cases: readonly Case[] = [
  { name: "an honest one", answer: () => undefined, isGood: true },
  { name: "answers in pieces of a few bytes", answer: () => undefined, piecesOf: 7, isGood: true },
  { name: "owners and groups with blanks", answer: owners("domain users"), isGood: true },
  { name: "owners with forged lines", answer: owners(`x\n${line("100000", `${archive}.part`)}`) },
  {
    name: "forged lines, commands and escapes in names",
    answer: on(["readdir"], (request, files) => {
      if (files.has("/listed")) return status(request.id, 1);
      files.set("/listed", Buffer.alloc(0));
      const forged = [
        `x\n${line(command, `${archive}.part`)}\n${line("5", older)}\n${line("5", `${older}.sha256`)}\n`,
        `x\n${archive}\n${archive}.sha256\n`,
        `$(>canary)`,
        `;>canary;`,
        escapes,
        `../../../../tmp/canary`,
        `${archive}\0.part`,
        "",
        ".",
        "..",
        archive,
        archive,
      ];
      return names(
        request.id,
        forged.map((file) => [file, 5, false]),
      );
    }),
  },
  {
    name: "forged lines in the path of a folder",
    answer: on(["realpath"], ({ id }) =>
      names(id, [[`/x\nsftp> -ls -ln "${archive}"\n${line(command, archive)}\n${escapes}`, 0, true]]),
    ),
  },
  {
    name: "sizes beyond every number",
    answer: (request) => {
      if (request.path === "/" || ![requests.stat, requests.lstat].includes(request.type as never))
        return request.type === requests.readdir && request.id % 2 === 0
          ? names(request.id, [
              [archive, huge, false],
              [`${archive}.sha256`, huge, false],
            ])
          : undefined;
      return packet(105, number(request.id), attributes(huge));
    },
  },
  {
    name: "everything is a folder",
    answer: on(["stat", "lstat", "fstat"], ({ id }) => packet(105, number(id), attributes(0, true))),
  },
  {
    name: "an endless listing",
    answer: on(["readdir"], ({ id }) => names(id, many)),
    isGood: "transfer",
  },
  {
    name: "a listing of names of 200 KB",
    answer: on(["readdir"], ({ id }) => names(id, [["x".repeat(200_000), 1, false]])),
    isSlow: true,
  },
  { name: "an endless listing of nothing", answer: on(["readdir"], ({ id }) => names(id, [])), isSlow: true },
  {
    name: "an endless file",
    answer: (request) => {
      if (request.path === "/") return undefined;
      if ([requests.stat, requests.lstat, requests.fstat].includes(request.type as never))
        return packet(105, number(request.id), attributes(10));
      if (request.type === requests.open) return packet(102, number(request.id), text("abcd"));
      if (request.type === requests.read)
        return packet(103, number(request.id), text(Buffer.alloc(32_768, "x")));
      return undefined;
    },
  },
  {
    name: "archives that are not there when they are read",
    answer: on(["readdir"], (request, files) => {
      if (files.has("/listed")) return status(request.id, 1);
      files.set("/listed", Buffer.alloc(0));
      return names(request.id, [
        [archive, 10, false],
        [`${archive}.sha256`, 104, false],
      ]);
    }),
  },
  { name: "uploads that vanish", answer: on(["write"], ({ id }) => status(id, 0)) },
  {
    name: "refusals with escapes and forged reasons",
    answer: on(["open", "opendir", "stat", "lstat", "mkdir"], ({ id }) =>
      status(id, 4, `${escapes}Host key verification failed.\nPermission denied (publickey)\n$(>canary)`),
    ),
  },
  {
    name: "a banner with escapes and forged reasons",
    banner: `${escapes}Host key verification failed.\nPermission denied (publickey).\n`,
    answer: () => undefined,
    isGood: true,
  },
  { name: "statuses that do not exist", answer: afterwards((id) => status(id, 4_000_000_000)) },
  { name: "answers to nobody", answer: afterwards((id) => status(id + 1_000_000, 0)), isSlow: true },
  { name: "the wrong kind of answer", answer: afterwards((id) => packet(103, number(id), text("data"))) },
  {
    name: "handles for everything",
    answer: (request) =>
      request.type === requests.init || request.type === requests.realpath
        ? undefined
        : packet(102, number(request.id), text("x".repeat(10_000))),
  },
  {
    name: "names for everything",
    answer: (request) => (request.type === requests.init ? undefined : names(request.id, [["/", 0, true]])),
  },
  {
    name: "attributes for everything",
    answer: (request) =>
      request.type === requests.init || request.type === requests.realpath
        ? undefined
        : packet(105, number(request.id), attributes(0, true)),
  },
  { name: "an unknown kind of answer", answer: afterwards((id) => packet(77, number(id))) },
  { name: "an answer of nothing", answer: afterwards(() => number(0)), isSlow: true },
  { name: "an answer that is too short", answer: afterwards(() => packet(101)), isSlow: true },
  { name: "a length of 2 GB", answer: afterwards(() => Buffer.from([0x7f, 0xff, 0xff, 0xff, 101])) },
  { name: "a length of 4 GB", answer: afterwards(() => Buffer.from([0xff, 0xff, 0xff, 0xff, 101])) },
  {
    name: "more names than it sends",
    answer: on(["realpath", "readdir"], ({ id }) => packet(104, number(id), number(0xffffffff), text("x"))),
  },
  {
    name: "an attribute block that never ends",
    answer: on(["stat", "lstat"], ({ id }) =>
      packet(105, number(id), number(0x80000000), number(0xffffffff), text("x")),
    ),
  },
  { name: "text instead of SFTP", answer: fromInit(Buffer.from(`${escapes}Welcome!\n`)) },
  { name: "no beginning", answer: fromInit(status(0, 4)) },
  { name: "a length of 4 GB to begin with", answer: fromInit(Buffer.from([0xff, 0xff, 0xff, 0xff, 2])) },
  { name: "silence from the beginning", answer: on(["init"], silent), isSlow: true },
  {
    name: "silence when asked for a folder",
    answer: on(["realpath", "stat", "opendir"], silent),
    isSlow: true,
  },
  { name: "silence when written to", answer: on(["write"], silent), isSlow: true },
];

/** Fails if a text for a file or a terminal has control characters other than line ends, or is too long to read. */
export function assertHarmless(shown: string, what: string): void {
  assert.not.match(shown, /[^\P{Cc}\n]/u, `${what}: ${JSON.stringify(shown.slice(0, 500))}`);
  assert.ok(shown.length < 8000, `${what} has ${shown.length} characters`);
}

async function withServer<Value>(
  each: Case,
  work: (server: HostileServer) => Promise<Value>,
): Promise<Value> {
  const server = await startHostileServer(each.answer, {
    ...(each.banner !== undefined && { banner: each.banner }),
    ...(each.piecesOf !== undefined && { piecesOf: each.piecesOf }),
  });
  try {
    return await work(server);
  } finally {
    await server.close();
  }
}

/** Does the work for all items when the first is asked for, some at a time, because most of it is waiting. */
export function together<Item>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<void>,
): (item: Item) => Promise<void> {
  let runs: Map<Item, Promise<void>> | undefined;
  const start = () => {
    const lanes = Array.from({ length: atOnce }, () => Promise.resolve());
    return new Map(
      items.map((item, index) => {
        const lane = lanes[index % atOnce] ?? Promise.resolve();
        const run = lane.then(() => work(item));
        lanes[index % atOnce] = run.catch(() => {});
        return [item, run];
      }),
    );
  };
  return (item) => {
    runs ??= start();
    return runs.get(item) ?? Promise.reject(new Error("no such case"));
  };
}

/** Runs a program against the server of each case, four at a time. Returns a function that waits for one case. */
export const casesTogether = (work: (each: Case, server: HostileServer) => Promise<void>) =>
  together(cases, 4, (each) => withServer(each, (server) => work(each, server)));
