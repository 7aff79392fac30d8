import type { Rule } from "../rule.ts";

/** Warns about settings that need a DShield that is kept configured. */
export const dshieldUpkeep: Rule = ({ plan, settings, writerOf }) => {
  if (
    plan.dshield === undefined &&
    settings.dshield.updates === "weekly" &&
    settings.dshield.keep_configured === true
  )
    return [
      {
        code: "dshield/no-upkeep",
        at: ["dshield", "updates"],
        message: "weekly updates need a DShield that the first boot installed",
        hint: "write install: true, or updates: manual",
      },
    ];
  if (plan.upkeep !== undefined || writerOf(["dshield", "install"]) !== "built-in") return [];
  if (writerOf(["dshield", "daily_reboot"]) === "built-in" || settings.dshield.keep_configured === false)
    return [];
  return [
    {
      code: "dshield/no-upkeep",
      at: ["dshield", "daily_reboot"],
      message: "daily_reboot has no effect if DShield is not kept configured",
      hint: "write keep_configured: true if DShield is already installed, or install: true",
    },
  ];
};
