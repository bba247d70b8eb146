import type { Prediction, PredictionValue } from "../shared/ports";

/**
 * Writes a prediction as the fields of a JSON object, without its braces. By hand instead of JSON.stringify of objects, which
 * are half of a store's cost; a name, which every row has, is written once.
 */
export function fieldsText(valueText: (value: PredictionValue) => string): (prediction: Prediction) => string {
  const names = new Map<string, string>();
  return (prediction) => {
    let fields = "";
    for (const name in prediction) {
      let text = names.get(name);
      if (text === undefined) {
        text = `${JSON.stringify(name)}:`;
        names.set(name, text);
      }
      fields += (fields && ",") + text + valueText(prediction[name]!);
    }
    return fields;
  };
}
