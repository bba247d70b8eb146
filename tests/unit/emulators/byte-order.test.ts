import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { inBytes } from "../../../emulators/byte-order";
import { pageOfNames } from "../../../emulators/name-page";

const text = () => fc.string({ unit: "binary", maxLength: 6 }).filter((one) => one.isWellFormed());

it("texts are in the order of their UTF-8 bytes", () => {
  fc.assert(
    fc.property(text(), text(), (left, right) => {
      expect(Math.sign(inBytes(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
});

it("pages of names leave nothing out and repeat nothing, whatever the prefix, the delimiter and the size", () => {
  const name = fc.string({ unit: fc.constantFrom("a", "b", "/", "\u{1f600}"), maxLength: 5 });
  fc.assert(
    fc.property(
      fc.uniqueArray(name),
      name,
      fc.constantFrom("", "/", "a/"),
      fc.integer({ min: 1, max: 5 }),
      (all, ...rest) => {
        const [prefix, delimiter, limit] = rest;
        const names = all.filter((one) => one !== "").sort(inBytes);

        const seen: string[] = [];
        for (let after: string | undefined = ""; after !== undefined; ) {
          const page = pageOfNames(names, { prefix, delimiter, after, limit });
          seen.push(...page.entries.map((entry) => ("group" in entry ? entry.group : entry.name)));
          after = page.next;
        }

        const shown = (one: string) => {
          const end = delimiter === "" ? -1 : one.indexOf(delimiter, prefix.length);
          return end < 0 ? one : one.slice(0, end + delimiter.length);
        };
        expect(seen).toEqual([...new Set(names.filter((one) => one.startsWith(prefix)).map(shown))]);
      },
    ),
  );
});
