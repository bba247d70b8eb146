import type { CustomResourceOptions, Input } from "@pulumi/pulumi";
import { Resource } from "@pulumi/pulumi/dynamic";
import type { CodePackage } from "./package";
import { codeProvider } from "./provider";

export type CodeArgs = { [Name in keyof CodePackage]: Input<CodePackage[Name]> };

const provider = codeProvider();

/**
 * The code of a function app on Flex Consumption. The provider has no resource for it, and one for a blob that needs the
 * account's keys (pulumi/pulumi-azure-native#3483, #2015), which are switched off here.
 */
export class Code extends Resource {
  constructor(name: string, args: CodeArgs, options?: CustomResourceOptions) {
    super(provider, name, args, options, "azure", "Code");
  }
}
