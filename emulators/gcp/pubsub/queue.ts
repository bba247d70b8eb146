/** First in, first out, without moving what waits. */
export interface Queue<Value> extends Iterable<Value> {
  push(value: Value): void;
  peek(): Value | undefined;
  shift(): Value | undefined;
  clear(): void;
}

/** The places of what has left are given back when they are this many and more than half. */
const SPARE = 1024;

export function createQueue<Value>(): Queue<Value> {
  let values: Value[] = [];
  let head = 0;
  return {
    push: (value) => {
      values.push(value);
    },
    peek: () => values[head],
    shift: () => {
      const value = values[head];
      if (head < values.length) head++;
      if (head > SPARE && head * 2 > values.length) {
        values = values.slice(head);
        head = 0;
      }
      return value;
    },
    clear: () => {
      values = [];
      head = 0;
    },
    *[Symbol.iterator]() {
      for (let i = head; i < values.length; i++) yield values[i] as Value;
    },
  };
}
