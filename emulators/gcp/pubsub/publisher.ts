import type { Method } from "../../grpc";
import type { Broker } from "./broker";
import { type DraftRequest, readDrafts } from "./limits";
import { type PageRequest, page } from "./page";
import type { Topic } from "./resources";

export interface PublisherMethods {
  createTopic: Method<Topic, Topic>;
  getTopic: Method<{ topic?: string }, Topic>;
  listTopics: Method<PageRequest & { project?: string }, { topics: Topic[] }>;
  listTopicSubscriptions: Method<PageRequest & { topic?: string }, { subscriptions: string[] }>;
  deleteTopic: Method<{ topic?: string }, object>;
  publish: Method<{ topic?: string; messages?: DraftRequest[] }, { messageIds: string[] }>;
}

/** The methods of google.pubsub.v1.Publisher. */
export function publisherMethods(broker: Broker): PublisherMethods {
  return {
    createTopic: (topic) => broker.createTopic(topic),
    getTopic: ({ topic }) => broker.topic(topic).settings,
    listTopics: (request) => {
      const { items, nextPageToken } = page(broker.topics(request.project ?? ""), request);
      return { topics: items, nextPageToken };
    },
    listTopicSubscriptions: (request) => {
      const { name } = broker.topic(request.topic).settings;
      const all = broker.subscriptions().filter(({ settings }) => settings.topic === name);
      const { items, nextPageToken } = page(all, request);
      return { subscriptions: items.map(({ settings }) => settings.name), nextPageToken };
    },
    deleteTopic: ({ topic }) => {
      broker.deleteTopic(topic);
      return {};
    },
    publish: ({ topic, messages }) => ({ messageIds: broker.publish(topic, readDrafts(messages)) }),
  };
}
