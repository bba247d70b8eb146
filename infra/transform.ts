import type { CustomResourceOptions } from "@pulumi/pulumi";

/**
 * The way out for whatever the configuration does not offer: changes a resource's arguments, and with a function its
 * options and its behavior by name too, before it is registered.
 */
export type Transform<Args> = Partial<Args> | ((args: Args, options: CustomResourceOptions, name: string) => void);

/** The arguments of a resource's constructor, after the transform. What it was given stays as it is. */
export function transformed<Args extends object>(
  transform: Transform<Args> | undefined,
  name: string,
  args: Args,
  options: CustomResourceOptions,
): [name: string, args: Args, options: CustomResourceOptions] {
  if (typeof transform !== "function") return [name, { ...args, ...transform }, options];
  const changed: [string, Args, CustomResourceOptions] = [name, { ...args }, { ...options }];
  transform(changed[1], changed[2], name);
  return changed;
}
