/** The default of `security.egress`. A Pi is in a home or office network, which the honeypot must not reach. */
export function usualEgress(target: string): "open" | "restricted" {
  return target === "pi" ? "restricted" : "open";
}
