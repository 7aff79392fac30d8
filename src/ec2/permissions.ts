import type { IpPermission } from "@aws-sdk/client-ec2";
import { isV6, type Rule } from "./rules.ts";

/** Converts rules to API permissions: one for each protocol and port range, with all its networks. */
export function toPermissions(rules: readonly Rule[]): IpPermission[] {
  const byRange = new Map<string, Rule[]>();
  for (const rule of rules) {
    const key = `${rule.protocol} ${rule.from} ${rule.to}`;
    byRange.set(key, [...(byRange.get(key) ?? []), rule]);
  }
  return [...byRange.values()].flatMap((list) => {
    const [first] = list;
    if (first === undefined) return [];
    const groups = list.filter(({ cidr }) => cidr.startsWith("sg-"));
    const lists = list.filter(({ cidr }) => cidr.startsWith("pl-"));
    const v6 = list.filter(({ cidr }) => isV6(cidr));
    const v4 = list.filter((rule) => ![...groups, ...lists, ...v6].includes(rule));
    return {
      IpProtocol: first.protocol,
      ...(first.from !== undefined && { FromPort: first.from }),
      ...(first.to !== undefined && { ToPort: first.to }),
      ...(v4.length > 0 && { IpRanges: v4.map(({ cidr }) => ({ CidrIp: cidr })) }),
      ...(v6.length > 0 && { Ipv6Ranges: v6.map(({ cidr }) => ({ CidrIpv6: cidr })) }),
      ...(groups.length > 0 && { UserIdGroupPairs: groups.map(({ cidr }) => ({ GroupId: cidr })) }),
      ...(lists.length > 0 && { PrefixListIds: lists.map(({ cidr }) => ({ PrefixListId: cidr })) }),
    };
  });
}

/** Converts API permissions to rules; manually added peers (another group, a prefix list) are kept as such. */
export function fromPermissions(permissions: readonly IpPermission[] | undefined): Rule[] {
  return (permissions ?? []).flatMap((permission) => {
    const { IpProtocol = "-1", FromPort, ToPort } = permission;
    const range =
      IpProtocol === "-1" || FromPort === undefined || ToPort === undefined
        ? {}
        : { from: FromPort, to: ToPort };
    return [
      ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
      ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
      ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
      ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
    ].flatMap((cidr) => (cidr === undefined ? [] : { protocol: IpProtocol, ...range, cidr }));
  });
}
