/** Maximum concurrent changes in one region: EC2 allows an account to launch about two instances per second. */
export const changesAtOnce = 8;
