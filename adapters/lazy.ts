/** Made at the first call, and the same from then on. */
export function lazy<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

interface Part {
  close(): Promise<void>;
}

/** A whole whose parts are each made when they are first read. `close` closes those that were made. */
export function lazyParts<Parts extends Record<string, Part>>(
  makers: {
    readonly [Name in keyof Parts]: () => Parts[Name];
  },
): Readonly<Parts> & Part {
  const made: Part[] = [];
  const whole = {
    close: async () => {
      await Promise.all(made.map((part) => part.close()));
    },
  };
  for (const [name, make] of Object.entries<() => Part>(makers)) {
    const get = lazy(() => {
      const part = make();
      made.push(part);
      return part;
    });
    Object.defineProperty(whole, name, { get, enumerable: true });
  }
  return whole as Readonly<Parts> & Part;
}
