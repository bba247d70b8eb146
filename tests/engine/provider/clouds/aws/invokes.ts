import type { Properties } from "../../values";
import { ACCOUNT, regionOf } from "./config";

/** What AWS's functions answer about the account and the region; undefined for a function that is not played here. */
export function invoke(token: string, args: Properties, config: Properties): Properties | undefined {
  const region = regionOf(config, args);
  switch (token) {
    case "aws:index/getCallerIdentity:getCallerIdentity":
      return {
        accountId: ACCOUNT,
        arn: `arn:aws:iam::${ACCOUNT}:user/stand-in`,
        id: ACCOUNT,
        userId: "AIDASTANDIN",
      };
    case "aws:index/getRegion:getRegion":
      return {
        description: region,
        endpoint: `ec2.${region}.amazonaws.com`,
        id: region,
        name: region,
        region,
      };
    case "aws:index/getPartition:getPartition":
      return { dnsSuffix: "amazonaws.com", id: "aws", partition: "aws", reverseDnsPrefix: "com.amazonaws" };
    default:
      return undefined;
  }
}
