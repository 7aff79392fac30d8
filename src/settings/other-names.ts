import type { Complaint, Path } from "../diagnostics/diagnostic.ts";

// Names from other tools that people use by habit. Keys and values within one or two letters of ours are found without
// these tables.

/** Values by their setting, with our names for them. */
const values: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  target: {
    aws: "ec2",
    amazon: "ec2",
    lightsail: "ec2",
    do: "digitalocean",
    droplet: "digitalocean",
    hcloud: "hetzner",
    hetznercloud: "hetzner",
    akamai: "linode",
    microsoft: "azure",
    azurevm: "azure",
    google: "gcp",
    gce: "gcp",
    gcloud: "gcp",
    googlecloud: "gcp",
    oci: "oracle",
    oraclecloud: "oracle",
    ovh: "openstack",
    raspberry: "pi",
    raspberrypi: "pi",
    raspi: "pi",
    rpi: "pi",
    baremetal: "nocloud",
    esxi: "nocloud",
    hyperv: "nocloud",
    kvm: "nocloud",
    libvirt: "nocloud",
    local: "nocloud",
    proxmox: "nocloud",
    qemu: "nocloud",
    virtualbox: "nocloud",
    vm: "nocloud",
    vmware: "nocloud",
    vsphere: "nocloud",
  },
  os: {
    bookworm: "debian-12, or raspios-12 on a Raspberry Pi",
    trixie: "debian-13, or raspios-13 on a Raspberry Pi",
    noble: "ubuntu-24.04",
    debian: "debian-13",
    ubuntu: "ubuntu-24.04",
    raspbian: "raspios-13",
    raspberrypios: "raspios-13",
    raspios: "raspios-13",
  },
  "backup.format": {
    "7zip": "7z",
    age: "tar.zst",
    tar: "tar.zst",
    targz: "tar.zst",
    tgz: "tar.zst",
    zst: "tar.zst",
  },
  "dshield.updates": { auto: "weekly", automatic: "weekly", never: "manual", none: "manual", off: "manual" },
  "network.wifi.security": { wpa: "wpa2", wpapsk: "wpa2", wpa2psk: "wpa2", none: "open", sae: "wpa3" },
  "security.egress": { all: "open", limited: "restricted", none: "restricted" },
};

/** Keys by their map, with our names for them. */
const keys: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "": {
    cloud: "target",
    provider: "target",
    platform: "target",
    host: "name",
    hostname: "name",
    distribution: "os",
    image: "os",
    tz: "timezone",
    wifi: "network.wifi",
    user: "admin.user",
    upload: "transfer",
    sftp: "transfer",
  },
  admin: {
    username: "user",
    login: "user",
    port: "ssh_port",
    authorized_keys: "ssh_keys",
    key: "ssh_keys",
    keys: "ssh_keys",
    public_keys: "ssh_keys",
    allow: "allow_from",
    networks: "allow_from",
  },
  backup: {
    time: "schedule",
    cron: "schedule",
    when: "schedule",
    retention: "keep_days",
    recipients: "encrypt_to",
  },
  dshield: { userid: "user_id", apikey: "api_key", key: "api_key", auto_update: "updates" },
  network: { dns: "nameservers", ip: "addresses", router: "gateways", device: "interface" },
  "network.wifi": { name: "ssid", password: "psk", passphrase: "psk", key: "psk" },
  siem: { host: "logstash", server: "logstash", certificate: "ca" },
  transfer: {
    server: "host",
    hostname: "host",
    username: "user",
    login: "user",
    directory: "path",
    folder: "path",
    identity: "private_key",
    key: "private_key",
    ssh_key: "private_key",
    known_hosts: "host_key",
  },
};

/** Keys for features that are refused, with the reason. */
const refused: Readonly<Record<string, Complaint>> = {
  "admin.password": {
    message:
      "the admin user has no password: login needs an SSH key, because attackers try passwords all day",
    hint: "write ssh_keys: [{file: ~/.ssh/id_ed25519.pub}]",
  },
  "transfer.password": {
    message:
      "transfer does not support passwords: a compromised sensor would reveal a login for the whole server, while a key can be limited to one folder and revoked",
    hint: "write private_key: {file: keys/backup}, or generate_key: true",
  },
};

/** Our name for a value, for a setting given by its path in a sensor; with or without hyphens. */
export function ourValue(setting: Path, written: string, known: readonly string[]): string | undefined {
  const word = bare(written);
  const names = values[setting.join(".")] ?? {};
  return (
    known.find((name) => bare(name) === word) ??
    (Object.hasOwn(names, word) ? names[word] : undefined) ??
    // `Debian 13 (trixie)`
    known.find((name) => word.startsWith(bare(name)) && /\d/.test(name))
  );
}

/** Our name for a key in the map at a path in a sensor. */
export function ourKey(map: Path, written: string): string | undefined {
  const names = keys[map.join(".")] ?? {};
  const word = written.toLowerCase().replaceAll("-", "_");
  return Object.hasOwn(names, word) ? names[word] : undefined;
}

/** Why a key in the map at a path in a sensor is refused. */
export function refusedKey(map: Path, written: string): Complaint | undefined {
  const key = [...map, written.toLowerCase()].join(".");
  return Object.hasOwn(refused, key) ? refused[key] : undefined;
}

function bare(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]/g, "");
}
