/** A model server on an endpoint, as it is wanted. */
export interface DeployedModel {
  project: string;
  region: string;
  /** `projects/<project>/locations/<region>/endpoints/<number>`. */
  endpoint: string;
  displayName: string;
  /** With the model in it. */
  image: string;
  port: number;
  predictRoute: string;
  healthRoute: string;
  machine: string;
  minInstances: number;
  maxInstances: number;
  /** Percent. */
  cpuTarget: number;
  /** E-mail address of whom the server runs as. */
  serviceAccount: string;
  labels: Record<string, string>;
}

/** And as it is. */
export interface Deployed extends DeployedModel {
  model: string;
  deployedModelId: string;
}
