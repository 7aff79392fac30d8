/**
 * How long the steps of a first boot took: medians of four boots of `npm run test:boot` (Debian 12 and 13, a sensor
 * without DShield, QEMU that emulates 2 processors, 1 GB of memory). A step that is not here was not measured.
 */
export const stepSeconds: Readonly<Record<string, number>> = {
  "05-seed": 8,
  "10-directories": 3,
  "20-admin": 31,
  "28-manifest": 3,
  "30-clock": 4,
  "35-health": 15,
  "40-packages": 185,
  "60-services": 30,
  "90-verify": 6,
};

/** From power-on to the first step: Debian and cloud-init. */
export const startSeconds = 110;

/** The machine of these measurements, and how others differ. */
export const measuredOn =
  "Estimates, measured with Debian on 2 emulated processors and 1 GB of memory. Real hardware is usually faster; a slow network or memory card is slower.";
