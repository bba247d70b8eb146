import { openIdentity } from "../../emulators/azure/identity";
import { openScm, type ScmEmulator } from "../../emulators/azure/scm";
import { editCode } from "./edits";
import type { Lifecycle } from "./lifecycle";
import type { Bench } from "./scenario";

export const ACCOUNT = "azure-native:cosmosdb:DatabaseAccount";
export const BUDGET = "azure-native:consumption:Budget";
export const CODE = "pulumi-nodejs:dynamic/azure:Code";
export const CONSUMER_GROUP = "azure-native:eventhub:ConsumerGroup";
export const CONTAINER = "azure-native:cosmosdb:SqlResourceSqlContainer";
export const DEPLOYMENT = "azure-native:machinelearningservices:OnlineDeployment";
export const ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint";
export const FUNCTION = "azure-native:web:WebApp";
export const GROUP = "azure-native:resources:ResourceGroup";
export const HUB = "azure-native:eventhub:EventHub";
export const IMAGE = "azure-native:machinelearningservices:EnvironmentVersion";
export const LOCK = "azure-native:authorization:ManagementLockByScope";
export const RIGHT = "azure-native:authorization:RoleAssignment";
export const SERVICE = "azure-native:app:ContainerApp";
export const SETTINGS = "azure-native:web:WebAppApplicationSettings";
export const STORE_RIGHT = "azure-native:cosmosdb:SqlResourceSqlRoleAssignment";
export const SUBNET = "azure-native:network:Subnet";

const STORE = "infra/azure/store.ts";
const BY_KEY = 'paths: ["/key"]';
const BY_ID = 'paths: ["/id"]';

const SUBSCRIPTION = "11111111-2222-3333-4444-555555555555";
const REGISTRY = "standin";

/** The committed stack file leaves the subscription out. */
export const PLACE = { "azure-native:subscriptionId": SUBSCRIPTION, "azure-native:location": "westeurope" };

/** Where the model's image is: in a group that the stack does not make. */
export const MODEL = {
  image: `${REGISTRY}.azurecr.io/sluice-model-server`,
  registry: `/subscriptions/${SUBSCRIPTION}/resourceGroups/images/providers/Microsoft.ContainerRegistry/registries/${REGISTRY}`,
};

/** What every configuration of the stack `azure` goes through alike. */
export const AZURE: Pick<Lifecycle, "providers" | "code" | "store" | "keys"> = {
  providers: ["azure-native", "pulumi-nodejs"],

  code: {
    make: editCode,
    // Nothing but the step that uploads it. A dynamic provider cannot say which inputs differ.
    updates: { [CODE]: [] },
  },

  store: {
    make: (workspace) => workspace.configure({ ttlDays: 90 }),
    updates: { [SETTINGS]: ["properties.SLUICE_TTL_DAYS"] },
  },

  keys: {
    make: (workspace) => workspace.edit(STORE, BY_KEY, BY_ID),
    undo: (workspace) => workspace.edit(STORE, BY_ID, BY_KEY),
    // The provider would try it in place, and Azure refuse: the program asks for it, and so no input is named. The right
    // to the container goes and comes with it.
    replaces: { [CONTAINER]: [], [STORE_RIGHT]: [] },
    oldGoes: "first",
  },
};

/** What takes the code of the stack's app, and the identity that it is uploaded with: for the time of a scenario. */
export async function withScm(bench: Bench, run: (scm: ScmEmulator) => Promise<void>): Promise<void> {
  const identity = await openIdentity();
  const scm = await openScm({ identity, polls: 0 });
  Object.assign(bench.workspace.environment, identity.environment, { SLUICE_SCM_ENDPOINT: scm.endpoint });
  try {
    await run(scm);
  } finally {
    await scm.close();
    await identity.close();
  }
}
