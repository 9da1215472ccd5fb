import type { SpanData } from '../support/telemetry-data';

export interface Policy {
  readonly name: string;
  readonly type: string;
  readonly status_code?: { readonly status_codes: readonly string[] };
  readonly ottl_condition?: { readonly span: readonly string[] };
  readonly boolean_attribute?: { readonly key: string; readonly value: boolean };
  readonly numeric_attribute?: { readonly key: string; readonly min_value: number };
  readonly probabilistic?: { readonly sampling_percentage: number };
}

const SLOWER = /^attributes\["([\w.]+)"\] != nil and end_time_unix_nano - start_time_unix_nano >= (\d+)$/;

/** The one kind of condition that the configuration has: an attribute is there, and the span took as long. */
function condition(text: string, { attributes, startTimeUnixNano, endTimeUnixNano }: SpanData): boolean {
  const [, attribute, nanoseconds] = SLOWER.exec(text) ?? [];
  if (attribute === undefined) throw new Error(`not a condition that is known here: ${text}`);
  return attributes[attribute] !== undefined && endTimeUnixNano - startTimeUnixNano >= BigInt(nanoseconds!);
}

const JUDGES: Readonly<Record<string, (policy: Policy, span: SpanData) => boolean>> = {
  status_code: ({ status_code }, { status }) => status_code!.status_codes.includes(status.code),
  ottl_condition: ({ ottl_condition }, span) => ottl_condition!.span.some((text) => condition(text, span)),
  boolean_attribute: ({ boolean_attribute: wanted }, { attributes }) => attributes[wanted!.key] === wanted!.value,
  numeric_attribute: ({ numeric_attribute: wanted }, { attributes }) => {
    const value = attributes[wanted!.key];
    return typeof value === 'number' && value >= wanted!.min_value;
  },
  // What is left to chance keeps nothing for sure.
  probabilistic: () => false,
};

/** The policies by which the Collector is sure to keep a trace of these spans. */
export function keptBy(policies: readonly Policy[], spans: readonly SpanData[]): string[] {
  return policies
    .filter((policy) => {
      const judge = JUDGES[policy.type];
      if (judge === undefined) throw new Error(`not a policy that is known here: ${policy.type}`);
      return spans.some((span) => judge(policy, span));
    })
    .map(({ name }) => name);
}
