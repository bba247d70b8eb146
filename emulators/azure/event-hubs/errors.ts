import type { AmqpError } from "rhea";

/** What the service says when it refuses: https://learn.microsoft.com/azure/event-hubs/event-hubs-amqp-troubleshoot */
export type SendError = "busy" | "timeout" | "unauthorized" | "quota" | "internal" | "tooLarge";

const SEND_ERRORS: Readonly<Record<SendError, Required<Pick<AmqpError, "condition" | "description">>>> = {
  busy: {
    condition: "com.microsoft:server-busy",
    description: "The request was terminated because the namespace is being throttled. Error code : 50002.",
  },
  timeout: {
    condition: "com.microsoft:timeout",
    description: "The operation did not complete within the allocated time.",
  },
  unauthorized: {
    condition: "amqp:unauthorized-access",
    description: "Unauthorized access. 'Send' claim(s) are required to perform this operation.",
  },
  quota: {
    condition: "amqp:resource-limit-exceeded",
    description: "The maximum entity size has been reached or exceeded.",
  },
  internal: { condition: "amqp:internal-error", description: "The service was unable to process the request." },
  tooLarge: {
    condition: "amqp:link:message-size-exceeded",
    description: "The received message (delivery-id:0) is larger than the link's max-message-size allows.",
  },
};

export function sendError(error: SendError): AmqpError {
  return SEND_ERRORS[error];
}

export function notFound(address: unknown): AmqpError {
  return { condition: "amqp:not-found", description: `The messaging entity '${address}' could not be found.` };
}

export function noSuchPartition(partitions: number): AmqpError {
  return {
    condition: "com.microsoft:argument-out-of-range",
    description: `The specified partition is invalid for an EventHub partition sender or receiver. It should be between 0 and ${partitions - 1}.`,
  };
}

export function noClaim(right: "Send" | "Listen" | "Manage,Listen"): AmqpError {
  return {
    condition: "amqp:unauthorized-access",
    description: `Unauthorized access. '${right}' claim(s) are required to perform this operation.`,
  };
}
