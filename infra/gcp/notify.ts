import { NotificationChannel } from "@pulumi/gcp/monitoring";
import type { Scope } from "./scope";

/** Where alarms and the budget go. Without an address they are seen in the console alone. */
export function alarmChannel(scope: Scope, email: string | undefined): NotificationChannel | undefined {
  if (email === undefined) return undefined;
  return new NotificationChannel(
    ...scope.inner("alarmEmail", {
      displayName: `Sluice: ${email}`,
      type: "email",
      labels: { email_address: email },
      userLabels: scope.labels,
    }),
  );
}
