/** Labels as Kubernetes' tools print them: `a=1,b=2`; `<none>` when there are none. */
export function formatLabels(labels: Readonly<Record<string, string>> | undefined): string {
  const text = labelsText(labels);
  return text === "" ? "<none>" : text;
}

/** Labels as a selector that matches them: `a=1,b=2`; empty when there are none. */
export function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(labels ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(",");
}
