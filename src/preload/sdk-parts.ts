/**
 * The packages that `@opentelemetry/sdk-node` is made of, by the names under which it hands them on up to SDK 2. From 3 on it hands on
 * none, and they have to be asked for themselves.
 */
const PARTS = {
  core: '@opentelemetry/core',
  metrics: '@opentelemetry/sdk-metrics',
  tracing: '@opentelemetry/sdk-trace',
} as const;

type Part = keyof typeof PARTS;

/** @returns undefined from SDK 3 on */
export function handedOn(part: Part, require: NodeJS.Require): unknown {
  return (require('@opentelemetry/sdk-node') as Partial<Record<Part, unknown>>)[part];
}

/**
 * A package that the SDK is made of.
 * @param require that of the SDK package
 * @throws where it is not to be had
 */
export function sdkPart(part: Part, require: NodeJS.Require): unknown {
  return handedOn(part, require) ?? require(PARTS[part]);
}
