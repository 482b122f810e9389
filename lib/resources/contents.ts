/** Most that a ConfigMap or Secret may hold, in bytes. */
export const contentBytesMax = 1024 * 1024;

/** What Kubernetes says of changes to a ConfigMap or Secret that is marked as unchanging. */
export const immutableWhenSet = "field is immutable when `immutable` is set";
