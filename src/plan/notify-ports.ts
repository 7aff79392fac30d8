/**
 * The sensor's own ports from which it sends notifications and requests the heartbeat, so that the capture can exclude
 * them: above the ports that Linux assigns by itself (up to 60999).
 */
export const notifyPorts = { first: 61_010, last: 61_017 } as const;
