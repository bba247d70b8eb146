/** What waits behind another of its key. Only the first of a lane is delivered; the next one when it has left for good. */
export interface Lanes<Item> {
  /** Whether the item is the first of its key; otherwise it waits. */
  enter(key: string, item: Item): boolean;
  /** The first one has left for good: the next one of the key. */
  leave(key: string, item: Item): Item | undefined;
  clear(): void;
}

export function createLanes<Item>(): Lanes<Item> {
  const lanes = new Map<string, Item[]>();
  return {
    enter: (key, item) => {
      const lane = lanes.get(key);
      if (lane === undefined) lanes.set(key, [item]);
      else lane.push(item);
      return lane === undefined;
    },
    leave: (key, item) => {
      const lane = lanes.get(key);
      const place = lane?.indexOf(item) ?? -1;
      if (lane === undefined || place < 0) return undefined;
      lane.splice(place, 1);
      if (lane.length === 0) lanes.delete(key);
      return place === 0 ? lane[0] : undefined;
    },
    clear: () => lanes.clear(),
  };
}
