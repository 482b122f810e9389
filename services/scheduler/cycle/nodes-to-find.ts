const leastNodes = 100;
const leastPercent = 5;

/**
 * How many nodes that would do are enough to choose from: all up to 100, then `percentage` of them, or, where that is 0, a
 * share that falls with the cluster's size.
 */
export function nodesToFind(nodes: number, percentage = 0): number {
  if (nodes <= leastNodes || percentage >= 100) return nodes;
  const percent = percentage > 0 ? percentage : Math.max(leastPercent, 50 - Math.floor(nodes / 125));
  return Math.max(leastNodes, Math.floor((nodes * percent) / 100));
}
