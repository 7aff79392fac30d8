import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** An OpenStack with one image, flavor and network, which keeps security groups, rules and servers in memory. */
export type OpenStackServer = {
  readonly environment: Readonly<Record<string, string>>;
  readonly groups: Resources;
  readonly rules: Resources;
  readonly servers: Resources;
  readonly stop: () => Promise<void>;
};

type Resource = { readonly [key: string]: unknown };
type Resources = Map<string, Resource>;
type Reply = { readonly status: number; readonly body?: object };

const image = {
  id: id(1),
  name: "Debian 13",
  status: "active",
  visibility: "public",
  min_disk: 0,
  min_ram: 0,
};
const network = { id: id(2), name: "public", status: "ACTIVE", admin_state_up: true, subnets: [], tags: [] };
const flavor = { id: "1", name: "m1.small", ram: 2048, vcpus: 1, disk: 20, swap: "", rxtx_factor: 1 };
const dates = { created_at: "2026-11-01T00:00:00Z", updated_at: "2026-11-01T00:00:00Z" };

export async function startOpenStack(): Promise<OpenStackServer> {
  const groups: Resources = new Map();
  const rules: Resources = new Map();
  const servers: Resources = new Map();
  const answer = answers({ groups, rules, servers });
  const server = createServer(async (request, response) => {
    const origin = `http://${request.headers.host}`;
    const url = new URL(request.url ?? "", origin);
    const { status, body } =
      url.pathname === "/v3/auth/tokens"
        ? { status: 201, body: token(origin) }
        : answer(request.method ?? "", url, await bodyOf(request));
    response.writeHead(status, { "content-type": "application/json", "x-subject-token": "token" });
    response.end(body === undefined ? "" : JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    environment: {
      OS_AUTH_URL: `http://127.0.0.1:${port}/v3`,
      OS_USERNAME: "user",
      OS_PASSWORD: "password",
      OS_PROJECT_NAME: "project",
      OS_DOMAIN_NAME: "Default",
      OS_REGION_NAME: "region",
    },
    groups,
    rules,
    servers,
    stop: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function answers({ groups, rules, servers }: Record<"groups" | "rules" | "servers", Resources>) {
  let made = 100;
  const collections: readonly (readonly [path: string, one: string, all: string, resources: Resources])[] = [
    ["/network/v2.0/security-groups", "security_group", "security_groups", groups],
    ["/network/v2.0/security-group-rules", "security_group_rule", "security_group_rules", rules],
    ["/compute/v2.1/servers", "server", "servers", servers],
  ];
  return (method: string, { pathname }: URL, body: Record<string, Resource>): Reply => {
    if (pathname === "/image/v2/images") return fine({ images: [{ ...image, ...dates }] });
    if (pathname === `/image/v2/images/${image.id}`) return fine({ ...image, ...dates });
    if (pathname === "/network/v2.0/networks") return fine({ networks: [network] });
    if (pathname === "/compute/v2.1/flavors/detail") return fine({ flavors: [flavor] });
    if (pathname.startsWith("/compute/v2.1/flavors/")) return fine({ flavor });
    for (const [path, one, all, resources] of collections) {
      if (pathname !== path && !pathname.startsWith(`${path}/`)) continue;
      const [key = "", more] = pathname.slice(path.length + 1).split("/");
      if (method === "POST" && key === "") {
        const resource = { ...completed(one, body[one] ?? {}, made), id: id(made++) };
        resources.set(resource.id, resource);
        return { status: one === "server" ? 202 : 201, body: { [one]: resource } };
      }
      if (key === "") return fine({ [all]: [...resources.values()] });
      const found = resources.get(key);
      if (found === undefined) return { status: 404, body: { itemNotFound: { message: "not found" } } };
      if (more !== undefined)
        return fine({ security_groups: [], interfaceAttachments: [], volumeAttachments: [] });
      if (method === "DELETE") resources.delete(key);
      if (method === "PUT") resources.set(key, { ...found, ...body[one] });
      return method === "DELETE" ? { status: 204 } : fine({ [one]: resources.get(key) });
    }
    return { status: 404, body: { error: pathname } };
  };
}

function completed(kind: string, resource: Resource, number: number): Resource {
  if (kind === "security_group") return { security_group_rules: [], tags: [], stateful: true, ...resource };
  if (kind !== "server") return resource;
  const address = { addr: `198.51.100.${number % 250}`, version: 4, "OS-EXT-IPS:type": "fixed" };
  return {
    ...resource,
    status: "ACTIVE",
    "OS-EXT-STS:vm_state": "active",
    "OS-EXT-STS:power_state": 1,
    image: { id: image.id },
    flavor: { id: flavor.id },
    addresses: { public: [{ ...address, "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01" }] },
    accessIPv4: "",
    accessIPv6: "",
    metadata: {},
    key_name: null,
    tenant_id: "project",
    user_id: "user",
    created: dates.created_at,
    updated: dates.updated_at,
  };
}

function token(origin: string): object {
  const owner = { id: "project", name: "project", domain: { id: "default", name: "Default" } };
  const services = { compute: "/compute/v2.1", image: "/image", network: "/network" };
  return {
    token: {
      expires_at: "2099-01-01T00:00:00.000000Z",
      issued_at: "2026-01-01T00:00:00.000000Z",
      methods: ["password"],
      project: owner,
      user: owner,
      catalog: Object.entries(services).map(([type, path]) => ({
        type,
        name: type,
        id: type,
        endpoints: [
          { id: type, interface: "public", region: "region", region_id: "region", url: origin + path },
        ],
      })),
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, Resource>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString());
}

const fine = (body: object): Reply => ({ status: 200, body });

function id(number: number): string {
  return `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
}
