import { Repository, RepositoryIamMember } from "@pulumi/gcp/artifactregistry";
import { IAMMember } from "@pulumi/gcp/projects";
import type { Account } from "@pulumi/gcp/serviceaccount";
import { Bucket, BucketObject } from "@pulumi/gcp/storage";
import { asset, interpolate, type Output, type Resource } from "@pulumi/pulumi";
import { privateBucket } from "./bucket";
import type { Build } from "./build";
import type { Scope } from "./scope";

/** The code that the function is built from. */
export function sourceOf(scope: Scope, { directory, hash }: Build): BucketObject {
  const bucket = new Bucket(
    ...scope.inner(
      "sourceBucket",
      // What is in it is made again by the next deployment.
      privateBucket(scope, { forceDestroy: true, softDeletePolicy: { retentionDurationSeconds: 0 } }),
    ),
  );
  return new BucketObject(
    ...scope.inner(
      "source",
      { bucket: bucket.name, name: `function-${hash}.zip`, source: new asset.FileArchive(directory) },
      // The provider would delete first what has a name of ours, and a failed deployment would leave nothing to build.
      { deleteBeforeReplace: false },
    ),
  );
}

/** Images that builds leave behind: the newest three, and nothing older than a week beside them. */
export function imagesOf(scope: Scope): Repository {
  return new Repository(
    ...scope.inner("images", {
      repositoryId: scope.fixedName("logical", "images"),
      location: scope.region,
      format: "DOCKER",
      cleanupPolicies: [
        { id: "newest", action: "KEEP", mostRecentVersions: { keepCount: 3 } },
        { id: "old", action: "DELETE", condition: { olderThan: "604800s" } },
      ],
      labels: scope.labels,
    }),
  );
}

/** https://cloud.google.com/functions/docs/securing/build-custom-sa, on these places instead of the whole project where that can be. */
export function buildRights(scope: Scope, { member }: Account, bucket: Output<string>, images: Repository): Resource[] {
  const { project } = scope;
  return [
    // Knows no resource.
    new IAMMember(...scope.inner("buildLogsGrant", { project, role: "roles/logging.logWriter", member })),
    new RepositoryIamMember(
      ...scope.inner("buildImagesGrant", {
        project,
        location: scope.region,
        repository: images.name,
        role: "roles/artifactregistry.writer",
        member,
      }),
    ),
    new IAMMember(
      ...scope.inner("buildSourceGrant", {
        project,
        role: "roles/storage.objectViewer",
        member,
        condition: {
          title: "sources",
          // The service copies a source into a bucket of its own, whose name holds the project's number.
          expression: interpolate`resource.name.startsWith("projects/_/buckets/${bucket}") || resource.name.startsWith("projects/_/buckets/gcf-v2-sources-")`,
        },
      }),
    ),
  ];
}
