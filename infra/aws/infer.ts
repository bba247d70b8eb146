import type { Key } from "@pulumi/aws/kms";
import { type Bucket, BucketObjectv2 } from "@pulumi/aws/s3";
import { Endpoint, EndpointConfiguration, Model } from "@pulumi/aws/sagemaker";
import { asset, interpolate } from "@pulumi/pulumi";
import { ECR_IMAGE } from "../config/aws";
import type { EndpointSizing } from "../sizing";
import { PREFIX } from "./bucket";
import { allow, type Rights, roleFor } from "./roles";
import type { Scope } from "./scope";
import { VARIANT } from "./variant";

export interface EndpointParts {
  bucket: Bucket;
  key: Key;
  image: string;
  /** `model.tar.gz`, relative to the project, and a hash of what it holds. */
  model: { file: string; hash: string };
}

/**
 * The model behind a SageMaker serverless endpoint. Model and configuration have no name of their own choosing: both can
 * only be replaced, and the endpoint notices a new one by its new name. It allows no VPC, network isolation, data capture or `modelDataSource`.
 * https://docs.aws.amazon.com/sagemaker/latest/dg/serverless-endpoints.html
 */
export function inferenceEndpoint(scope: Scope, sizing: EndpointSizing, parts: EndpointParts): Endpoint {
  const { bucket, key, image, model } = parts;
  const object = new BucketObjectv2(
    ...scope.inner(
      "modelObject",
      {
        bucket: bucket.id,
        // Under the same key a new model would change nothing.
        key: `${PREFIX.models}${model.hash}/model.tar.gz`,
        source: new asset.FileAsset(model.file),
        tags: scope.tags,
      },
      // The provider would delete first what has a fixed key, while the endpoint may still start from it.
      { deleteBeforeReplace: false },
    ),
  );
  const { role, policy } = rights(scope, parts);
  const served = new Model(
    ...scope.inner(
      "model",
      {
        executionRoleArn: role.arn,
        primaryContainer: { image, modelDataUrl: interpolate`s3://${bucket.bucket}/${object.key}` },
        tags: scope.tags,
      },
      { dependsOn: [policy] },
    ),
  );
  const configuration = new EndpointConfiguration(
    ...scope.inner("endpointConfiguration", {
      kmsKeyArn: key.arn,
      productionVariants: [
        {
          variantName: VARIANT,
          modelName: served.name,
          serverlessConfig: {
            memorySizeInMb: sizing.memoryMb,
            maxConcurrency: sizing.maxConcurrency,
            ...(sizing.provisioned ? { provisionedConcurrency: sizing.provisioned.min } : {}),
          },
        },
      ],
      tags: scope.tags,
    }),
  );
  return new Endpoint(...scope.inner("endpoint", { endpointConfigName: configuration.name, tags: scope.tags }));
}

/** https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html#sagemaker-roles-createmodel-perms */
function rights(scope: Scope, { bucket, key, image }: EndpointParts): Rights {
  const { partition, region, account } = scope;
  return roleFor(scope, "model", "sagemaker.amazonaws.com", [
    allow("Model", ["s3:GetObject"], interpolate`${bucket.arn}/${PREFIX.models}*`),
    allow("Key", ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"], key.arn),
    {
      ...allow("KeyForSageMaker", ["kms:CreateGrant"], key.arn),
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    },
    // Knows no resource.
    allow("Login", ["ecr:GetAuthorizationToken"], "*"),
    allow(
      "Pull",
      ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
      repositoryArn(image, partition),
    ),
    allow(
      "Logs",
      ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
      interpolate`arn:${partition}:logs:${region}:${account}:log-group:/aws/sagemaker/*`,
    ),
    {
      // Knows no resource; the condition is what can be narrowed.
      ...allow("Metrics", ["cloudwatch:PutMetricData"], "*"),
      Condition: { StringEquals: { "cloudwatch:namespace": "/aws/sagemaker/Endpoints" } },
    },
  ]);
}

function repositoryArn(image: string, partition: string): string {
  const [, account, region, repository] = ECR_IMAGE.exec(image)!;
  return `arn:${partition}:ecr:${region}:${account}:repository/${repository}`;
}
