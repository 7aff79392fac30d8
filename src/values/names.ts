import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { yamlWord } from "../diagnostics/yaml-word.ts";

/** A sensor's name is its host name: one lower-case label (RFC 1123), and not only digits, which look like an address. */
export function complainOfSensorName(value: string): Complaint | undefined {
  const rule =
    "a sensor's name is a host name: a-z, 0-9 and inner hyphens, at most 63 characters, not only digits";
  if (/^(?=.*[a-z])[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(value)) return undefined;
  const suggestion = value
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 63)
    .replace(/-+$/, "");
  return {
    message: `${quoted(value)} is not a host name; ${rule}`,
    ...(/[a-z]/.test(suggestion) && { hint: `write ${suggestion}`, fix: yamlWord(suggestion) }),
  };
}

/** The name of another machine: labels in lower or upper case, or an IPv4 address. */
export function complainOfHostName(value: string): Complaint | undefined {
  const label = /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;
  if (value.length <= 253 && value.split(".").every((part) => label.test(part))) return undefined;
  return { message: `${quoted(value)} is not a host name; use letters, digits, hyphens and dots` };
}

// Users and groups of Debian's base-passwd, of the packages on a sensor, and of DShield's own parts.
const taken = new Set(
  (
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc nobody _apt adm tty disk dialout fax voice " +
    "cdrom floppy tape sudo audio dip operator src shadow utmp video sasl plugdev staff users nogroup input sgx kvm render crontab " +
    "messagebus sshd syslog tcpdump netdev systemd-network systemd-resolve systemd-timesync systemd-journal systemd-coredump " +
    "polkitd uuidd tss landscape pollinate lxd docker cowrie webhpot dshield honeypot stunnel4 ntp ntpsec chrony _chrony gpio i2c spi"
  ).split(" "),
);

/** A login name that useradd accepts and that is not in use on a sensor. */
export function complainOfUserName(value: string): Complaint | undefined {
  if (!/^[a-z_][a-z0-9_-]{0,31}$/.test(value))
    return {
      message: `${quoted(value)} is not a user name; it must begin with a-z or _, continue with a-z, 0-9, _ and -, and have at most 32 characters`,
    };
  if (taken.has(value))
    return {
      message: `the user name ${value} belongs to the system or to the honeypot`,
      hint: "choose another, e.g. analyst",
    };
  return undefined;
}

/** The name of a network device as Linux accepts it (15 bytes), without characters that are special in other files. */
export function complainOfDevice(value: string): Complaint | undefined {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(value)) return undefined;
  return {
    message: `${quoted(value)} is not a network device; use letters, digits, ".", "_" and "-", at most 15 characters`,
    hint: "`ip link` on the sensor shows the names, e.g. eth0 or enp1s0",
  };
}
