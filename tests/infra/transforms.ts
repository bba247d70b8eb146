/** Transforms that protect every resource, by their keys, and the names of the resources that they reached. */
export function protecting<Transforms>(keys: Iterable<keyof Transforms & string>) {
  const reached = new Set<string>();
  const protect = (_: object, options: { protect?: boolean }, name: string) => {
    reached.add(name);
    options.protect = true;
  };
  return { reached, transform: Object.fromEntries([...keys].map((key) => [key, protect])) as Transforms };
}
