/** Paths by what they are for. Each platform asks for its own; all are served everywhere. */
export interface Routes {
  /** GET: the process runs. */
  live: readonly string[];
  /** GET: the model has predicted. */
  ready: readonly string[];
  /** POST. */
  predict: readonly string[];
}

/** `/healthz` is not among them: Cloud Run's front end keeps it for itself (https://cloud.google.com/run/docs/known-issues). */
export const DEFAULT_ROUTES: Routes = {
  live: ["/live"],
  // SageMaker asks for /ping.
  ready: ["/ready", "/ping"],
  // SageMaker posts to /invocations, Azure ML to the route that the environment names.
  predict: ["/invocations", "/score", "/predict"],
};

/** What a request is to get, or why it gets nothing. */
export type Route = { to: keyof Routes } | { status: 404 | 405; allow: string; message: string };

/** Path and method to their route. Vertex AI may use one path for both its health check and its predictions. */
export function createRouter(routes: Routes): (method: string, url: string) => Route {
  const gets = new Map<string, "live" | "ready">();
  for (const path of routes.ready) gets.set(path, "ready");
  for (const path of routes.live) gets.set(path, "live");
  const posts = new Set(routes.predict);
  const all = `GET ${[...gets.keys()].join(", ")}; POST ${[...posts].join(", ")}`;

  return (method, url) => {
    const [path = ""] = url.split("?", 1);
    const health = gets.get(path);
    if (health !== undefined && (method === "GET" || method === "HEAD")) return { to: health };
    if (posts.has(path) && method === "POST") return { to: "predict" };
    const allow = [health === undefined ? "" : "GET, HEAD", posts.has(path) ? "POST" : ""].filter(Boolean).join(", ");
    return allow === ""
      ? { status: 404, allow, message: `There is nothing here. Routes: ${all}.` }
      : { status: 405, allow, message: `Use ${allow}.` };
  };
}
