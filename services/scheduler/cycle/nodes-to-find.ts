const leastNodes = 100;
const leastPercent = 5;

/** How many nodes that would do are enough to choose from: all up to 100, then a share that falls with the cluster's size. */
export function nodesToFind(nodes: number): number {
  if (nodes <= leastNodes) return nodes;
  const percent = Math.max(leastPercent, 50 - Math.floor(nodes / 125));
  return Math.max(leastNodes, Math.floor((nodes * percent) / 100));
}
