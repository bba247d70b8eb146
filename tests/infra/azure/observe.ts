import { describe, expect, it } from "@jest/globals";
import { CONFIGURATIONS, stackOf } from "./stack";

/** What watches the stack. */
describe("the settings of an Azure stack", () => {
  it("log no more a day than is paid for, and for as long as is asked for", async () => {
    const { get } = await stackOf({ dailyLogGb: "2.5", logRetentionDays: "90" });

    expect(get("logs").inputs).toMatchObject({ retentionInDays: 90, workspaceCapping: { dailyQuotaGb: 2.5 } });
    expect(get("insights").inputs).toMatchObject({
      ingestionMode: "LogAnalytics",
      workspaceResourceId: expect.stringMatching(/azure-logs/),
    });
    expect(get("diagnostics-hub").inputs).toMatchObject({
      logs: [
        { category: "OperationalLogs", enabled: true },
        { category: "AutoScaleLogs", enabled: true },
      ],
      metrics: [{ category: "AllMetrics", enabled: true }],
    });
  });

  it("warn of late, failing and refused work, and say what to do", async () => {
    const { resources } = await stackOf(CONFIGURATIONS.everything);
    const metrics = resources.filter(({ name }) => name.includes("-metric-alarm-"));
    const logs = resources.filter(({ name }) => name.includes("-log-alarm-"));

    expect([metrics.length, logs.length]).toEqual([3, 6]);
    for (const { inputs } of [...metrics, ...logs]) {
      expect(inputs.description).toMatch(/\.$/);
      expect(inputs.enabled).toBe(true);
      expect(inputs.scopes).toHaveLength(1);
    }
    const group = expect.stringMatching(/alarm-email/);
    for (const { inputs } of metrics) expect(inputs.actions).toEqual([{ actionGroupId: group }]);
    for (const { inputs } of logs) expect(inputs.actions).toEqual({ actionGroups: [group] });
  });

  it("count the budget by the whole group, from the month of the first deployment on", async () => {
    const { get } = await stackOf(CONFIGURATIONS.everything);

    expect(get("budget").inputs).toMatchObject({ amount: 49.5, timeGrain: "Monthly", category: "Cost" });
    expect(get("budget").inputs.scope).toMatch(/\/resourceGroups\/sluice-azure-group1a2b3c4d$/);
    expect(get("budget").inputs.timePeriod).toEqual({ startDate: expect.stringMatching(/^\d{4}-\d{2}-01T00:00:00Z$/) });
    // Later months would be a change each.
    expect(get("budget").ignoreChanges).toEqual(["timePeriod"]);
  });

  it("tell the owners of a budget without an address", async () => {
    const { get } = await stackOf({ monthlyBudgetUsd: "50" });

    for (const notification of Object.values(get("budget").inputs.notifications))
      expect(notification).toMatchObject({ contactRoles: ["Owner"], contactEmails: [] });
  });

  it("show a dashboard of the same GUID each time", async () => {
    const one = await stackOf({});
    const other = await stackOf({}, {});

    expect(one.get("dashboard").inputs.resourceName).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(other.get("dashboard").inputs).toEqual(one.get("dashboard").inputs);
  });
});
