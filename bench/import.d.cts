// Typed as what it brings: the peers of the benchmark are called as their documentation shows.
// biome-ignore lint/suspicious/noExplicitAny: their types are for import alone
declare function importModule(name: string): Promise<any>;
export = importModule;
