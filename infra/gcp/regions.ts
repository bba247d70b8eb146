import { ConfigError } from "../../shared/errors";
import { nearest } from "../config/nearest";
import type { RawConfig } from "../config/read";

const AREAS = "africa|asia|australia|europe|me|northamerica|southamerica|us";
const SIDES = "north|south|east|west|central|northeast|northwest|southeast|southwest";
const REGION = new RegExp(`^(?:${AREAS})-(?:${SIDES})[1-9][0-9]?$`);

/** https://cloud.google.com/resource-manager/docs/creating-managing-projects */
const PROJECT = /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/;

/** Only to tell what a mistyped name most likely means; any name of the right form is taken. */
const WELL_KNOWN = [
  ...["us-central1", "us-east1", "us-east4", "us-west1", "us-west2", "us-south1"],
  ...["europe-west1", "europe-west3", "europe-west4", "europe-north1", "europe-central2", "europe-southwest1"],
  ...["asia-east1", "asia-northeast1", "asia-south1", "asia-southeast1", "australia-southeast1"],
  ...["northamerica-northeast1", "southamerica-east1", "me-west1", "africa-south1"],
];

/** What is wrong with project and region, if anything. Both come from the configuration alone: two machines must not deploy to two places. */
export function checkPlace(raw: RawConfig): ConfigError[] {
  return [...checkProject(raw["gcp:project"]), ...checkRegion(raw["gcp:region"])];
}

function checkProject(project: string | undefined): ConfigError[] {
  if (project !== undefined && PROJECT.test(project)) return [];
  return [
    new ConfigError(
      project === undefined ? "it is missing." : `${JSON.stringify(project)} is not the id of a project.`,
      "gcp:project",
      "Write `gcp:project: my-project-123`, for example: the id that `gcloud projects list` shows, not the name or the number.",
    ),
  ];
}

function checkRegion(region: string | undefined): ConfigError[] {
  if (region !== undefined && REGION.test(region)) return [];
  const meant = region === undefined ? undefined : nearest(region, WELL_KNOWN);
  return [
    new ConfigError(
      region === undefined ? "it is missing." : `${JSON.stringify(region)} is not a region of Google Cloud.`,
      "gcp:region",
      meant ? `Did you mean \`gcp:region: ${meant}\`?` : "Write `gcp:region: us-central1`, for example.",
    ),
  ];
}
