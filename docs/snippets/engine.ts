import { createEngine, type Delivery, type EngineOptions, encodeEnvelope } from "sluice";

/** Hands one delivery to the engine, as a cloud's entry point does, and says what to answer. */
export async function handle(options: EngineOptions, events: string[]): Promise<string> {
  const engine = createEngine(options);
  await engine.warmUp();

  const delivery: Delivery = {
    source: "pumps",
    partition: "0",
    messages: [{ body: encodeEnvelope(events, Date.now()), offset: "1" }],
    ordered: true,
    attempt: 1,
    lastAttempt: false,
  };
  const outcome = await engine.processBatch(delivery);
  return outcome.firstRetry === -1 ? "acknowledged" : `deliver again from message ${outcome.firstRetry}`;
}
