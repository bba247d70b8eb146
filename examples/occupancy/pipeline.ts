/**
 * Occupancy: is somebody in the room? Real readings of an office's sensors (Candanedo & Feldheim 2016), about one a minute.
 *
 *     sluice run --pipeline examples/occupancy/pipeline.ts --events path/to/datatest.txt
 *
 * One event is one line of the CSV file as Sluice's CSV reader hands it over: an object with the header's names as keys,
 * where text that is a plain number has become one. The authors' files have one column more than their header has names;
 * the reader calls that first column `row`. The files come from github.com/LuisM78/Occupancy-detection-data (also at UCI,
 * "Occupancy Detection").
 *
 * The model is a scaler and a logistic regression, trained by `train.py`; MODEL_CARD.md has its accuracy beside the paper's.
 * @module
 */
import { definePipeline } from "sluice";
import * as z from "zod";

const DAY = 86_400_000;

const reading = z.object({
  row: z.int().optional(),
  date: z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/),
  /** Degrees Celsius. */
  Temperature: z.number().min(-40).max(85),
  /** Relative, percent. */
  Humidity: z.number().min(0).max(100),
  /** Lux; direct sunlight has about 100,000. */
  Light: z.number().min(0).max(200_000),
  /** Parts per million. */
  CO2: z.number().min(0).max(50_000),
  /** Kilograms of water per kilogram of dry air. */
  HumidityRatio: z.number().min(0).max(1),
  /** 1 if somebody was there, where it is known. */
  Occupancy: z.literal([0, 1]).optional(),
});

/** The files name no time zone. Read as UTC, midnight stays midnight on every machine. NaN for a 13th month or a 25th hour. */
const timeOf = (date: string) => Date.parse(`${date.replace(" ", "T")}Z`);

export default definePipeline({
  name: "occupancy",
  event: reading,
  // One room has one reading per second at most, so its time stamp is its identity.
  id: (event) => event.date.replace(" ", "T"),
  key: () => "office",
  time: (event) => timeOf(event.date),

  features: {
    Temperature: (event) => event.Temperature,
    Humidity: (event) => event.Humidity,
    Light: (event) => event.Light,
    CO2: (event) => event.CO2,
    HumidityRatio: (event) => event.HumidityRatio,
    secondsOfDay: (event) => (timeOf(event.date) % DAY) / 1000,
    // 1970-01-01 was a Thursday: with 3 added, Monday is 0.
    weekend: (event) => (Math.floor(timeOf(event.date) / DAY + 3) % 7 >= 5 ? 1 : 0),
  },

  model: { file: "model.onnx", input: "features", outputs: { probabilities: { width: 2 } } },

  prediction: {
    /** That the room is occupied. */
    probability: (output) => output.probabilities(1),
    occupied: (output) => output.probabilities(1) > 0.5,
  },

  quality: { truth: (event) => event.Occupancy, predicted: "occupied", score: "probability" },
});
