import { ActionGroup } from "@pulumi/azure-native/monitor";
import type { Scope } from "./scope";

/** Where alarms and the budget go. Without an address they are seen in the portal alone. */
export function alarmGroup(scope: Scope, email: string | undefined): ActionGroup | undefined {
  if (email === undefined) return undefined;
  const { within, tags } = scope;
  return new ActionGroup(
    ...scope.inner("alarmEmail", {
      ...within,
      location: "Global",
      tags,
      enabled: true,
      groupShortName: "sluice",
      emailReceivers: [{ name: "email", emailAddress: email, useCommonAlertSchema: true }],
    }),
  );
}
