/** The names of all benchmarks. */
export declare function benchmarks(): string[];

/** The first comment of a benchmark, without its usage. */
export declare function aboutOf(name: string): string;
