/** Maximum number of entries of a list or a map of settings. */
export const mostEntries = 1000;

/** Maximum number of sensors of one settings file. */
export const mostSensors = 20_000;
