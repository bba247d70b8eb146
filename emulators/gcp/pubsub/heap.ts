/** A priority queue: what comes before everything else is on top. */
export interface Heap<Value> {
  readonly size: number;
  peek(): Value | undefined;
  push(value: Value): void;
  pop(): Value | undefined;
  /** Drops the values that fail the test. */
  keep(test: (value: Value) => boolean): void;
}

export function createHeap<Value>(before: (a: Value, b: Value) => boolean): Heap<Value> {
  let values: Value[] = [];

  const swap = (a: number, b: number) => {
    [values[a], values[b]] = [values[b] as Value, values[a] as Value];
  };
  const precedes = (a: number, b: number) => before(values[a] as Value, values[b] as Value);
  const sink = (from: number) => {
    for (let at = from; ; ) {
      const left = 2 * at + 1;
      let first = at;
      if (left < values.length && precedes(left, first)) first = left;
      if (left + 1 < values.length && precedes(left + 1, first)) first = left + 1;
      if (first === at) return;
      swap(at, first);
      at = first;
    }
  };

  return {
    get size() {
      return values.length;
    },
    peek: () => values[0],
    push: (value) => {
      let at = values.push(value) - 1;
      for (let parent = (at - 1) >> 1; at > 0 && precedes(at, parent); parent = (at - 1) >> 1) {
        swap(at, parent);
        at = parent;
      }
    },
    pop: () => {
      const top = values[0];
      const last = values.pop();
      if (last !== undefined && values.length > 0) {
        values[0] = last;
        sink(0);
      }
      return top;
    },
    keep: (test) => {
      values = values.filter(test);
      for (let at = (values.length >> 1) - 1; at >= 0; at--) sink(at);
    },
  };
}
