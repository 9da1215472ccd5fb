/**
 * The packages that SDK 3 is made of, by the names under which `@opentelemetry/sdk-node` hands its own on up to SDK 2. From 3 on it hands
 * on none, and they have to be asked for themselves.
 */
const PARTS = {
  core: '@opentelemetry/core',
  metrics: '@opentelemetry/sdk-metrics',
  tracing: '@opentelemetry/sdk-trace',
} as const;

type Part = keyof typeof PARTS;

function handedOn(part: Part, require: NodeJS.Require): unknown {
  return (require('@opentelemetry/sdk-node') as Partial<Record<Part, unknown>>)[part];
}

/** Whether an SDK is of the line that began with `@opentelemetry/sdk-node` 0.300. */
export function isSdk3(require: NodeJS.Require): boolean {
  return handedOn('tracing', require) === undefined;
}

/**
 * A package that the SDK is made of.
 * @param require that of the SDK package
 * @throws where it is not to be had
 */
export function sdkPart(part: Part, require: NodeJS.Require): unknown {
  return handedOn(part, require) ?? require(PARTS[part]);
}
