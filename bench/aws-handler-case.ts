import { benchPart, type Part } from "./aws-handler";

/** `process.argv`: part, milliseconds per slice. Prints microseconds per event. */
const [part, sliceMs] = process.argv.slice(2);

benchPart(part as Part, Number(sliceMs)).then((us) => process.stdout.write(String(us)));
