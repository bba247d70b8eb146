/** Made at the first call, and the same from then on. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Lazy parts of a whole that is closed at once. */
export interface LazyParts {
  /** Made at the first call, and closed with the others. */
  part<Part extends { close(): Promise<void> }>(make: () => Part): () => Part;
  /** Closes the parts that were made. */
  close(): Promise<void>;
}

export function lazyParts(): LazyParts {
  const made: { close(): Promise<void> }[] = [];
  return {
    part: (make) =>
      lazy(() => {
        const part = make();
        made.push(part);
        return part;
      }),
    close: async () => {
      await Promise.all(made.map((part) => part.close()));
    },
  };
}
