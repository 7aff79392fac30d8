/** Most changes under way at once in one region: EC2 lets an account launch about two instances a second. */
export const changesAtOnce = 8;
