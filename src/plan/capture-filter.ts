import type { Plan } from "./plan.ts";

/**
 * The complete pcap-filter expression: the admin port is never captured, whatever else is asked for.
 * The user's own expression comes last and in parentheses, so that it can only narrow.
 */
export function captureFilter(plan: Pick<Plan, "admin" | "capture">): string {
  const { admin, capture } = plan;
  const ports = [...new Set([admin.sshPort, ...capture.excludePorts])].sort((a, b) => a - b);
  const terms = [`not port ${ports.length === 1 ? ports[0] : `(${ports.join(" or ")})`}`];
  for (const host of capture.excludeHosts) terms.push(`not ${host.includes("/") ? "net" : "host"} ${host}`);
  if (capture.filter !== "") terms.push(`(${capture.filter})`);
  return terms.join(" and ");
}
