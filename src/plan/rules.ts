import type { Rule } from "./rule.ts";
import { adminAccess } from "./rules/admin-access.ts";
import { adminPort } from "./rules/admin-port.ts";
import { backupLock } from "./rules/backup-lock.ts";
import { branch } from "./rules/branch.ts";
import { countryDatabase } from "./rules/country-database.ts";
import { diskForecast } from "./rules/disk-forecast.ts";
import { dshieldAccount } from "./rules/dshield-account.ts";
import { dshieldUpdates } from "./rules/dshield-updates.ts";
import { dshieldUpkeep } from "./rules/dshield-upkeep.ts";
import { ec2Region } from "./rules/ec2-region.ts";
import { exampleKey } from "./rules/example-key.ts";
import { literalSecret } from "./rules/literal-secret.ts";
import { machineSection } from "./rules/machine-section.ts";
import { metricsNetworks } from "./rules/metrics-networks.ts";
import { notifyChannels } from "./rules/notify-channels.ts";
import { piBoot } from "./rules/pi-boot.ts";
import { scheduleOverlap } from "./rules/schedule-overlap.ts";
import { siemProtection } from "./rules/siem-protection.ts";
import { staticNetwork } from "./rules/static-network.ts";
import { targetSystem } from "./rules/target-system.ts";
import { transferServer } from "./rules/transfer-server.ts";
import { unreachableNetworks } from "./rules/unreachable-networks.ts";
import { wifi } from "./rules/wifi.ts";
import { wifiName } from "./rules/wifi-name.ts";

/** Every rule about settings that must be consistent. Add a new one here. */
export const rules: readonly Rule[] = [
  adminAccess,
  adminPort,
  backupLock,
  branch,
  countryDatabase,
  diskForecast,
  dshieldAccount,
  dshieldUpdates,
  dshieldUpkeep,
  ec2Region,
  exampleKey,
  literalSecret,
  machineSection,
  metricsNetworks,
  notifyChannels,
  piBoot,
  scheduleOverlap,
  siemProtection,
  staticNetwork,
  targetSystem,
  transferServer,
  unreachableNetworks,
  wifi,
  wifiName,
];
