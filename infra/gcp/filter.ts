/** A filter as Cloud Monitoring reads it: https://cloud.google.com/monitoring/api/v3/filters */
export function filterOf(
  resource: string,
  labels: Readonly<Record<string, string>>,
  metric: string,
  ...more: string[]
): string {
  const where = Object.entries(labels).map(([name, value]) => `resource.labels.${name}="${value}"`);
  return [`resource.type="${resource}"`, ...where, `metric.type="${metric}"`, ...more].join(" AND ");
}
