import type { Attributes } from '@opentelemetry/api';
import {
  ATTR_DB_NAMESPACE,
  ATTR_DB_OPERATION_NAME,
  ATTR_DB_RESPONSE_STATUS_CODE,
  ATTR_DB_SYSTEM_NAME,
  ATTR_ERROR_TYPE,
  ATTR_SERVER_ADDRESS,
  ATTR_SERVER_PORT,
} from '../semconv';
import type { Endpoint } from './endpoint';
import type { Failure } from './errors';
import { DURATION_BOUNDS, Histogram } from './histogram';

/** Distinct failures of one operation that are told apart; the rest is `_OTHER`. */
const MOST_FAILURES = 30;

/** Where operations go: what `db.client.operation.duration` tells apart besides the operation. */
export interface Target {
  /** `db.system.name` */
  readonly system: string;
  /** What was configured. */
  readonly endpoint: Endpoint;
  /** `db.namespace`; absent where the system has none. */
  readonly namespace?: string;
}

/** How long one kind of outcome of one operation took, in seconds. */
export class DurationRow {
  readonly histogram: Histogram;

  constructor(
    readonly attributes: Attributes,
    bounds: readonly number[],
  ) {
    this.histogram = new Histogram(bounds);
  }
}

/** The durations of one operation at one target: a row for its successes and one for each kind of failure. */
export class Durations {
  readonly succeeded: DurationRow;
  private readonly failures = new Map<string, DurationRow>();

  constructor(
    attributes: Attributes,
    private readonly bounds: readonly number[] = DURATION_BOUNDS,
  ) {
    this.succeeded = new DurationRow(attributes, bounds);
  }

  failed(failure: Failure): DurationRow {
    const known = this.failures.get(failure.type);
    if (known !== undefined) return known;
    const shown = this.failures.size < MOST_FAILURES ? failure : { ...failure, type: '_OTHER', statusCode: undefined };
    let row = this.failures.get(shown.type);
    if (row === undefined) {
      const { statusCode } = shown;
      const attributes: Attributes = { ...this.succeeded.attributes, [ATTR_ERROR_TYPE]: shown.type };
      if (statusCode !== undefined) attributes[ATTR_DB_RESPONSE_STATUS_CODE] = statusCode;
      row = new DurationRow(attributes, this.bounds);
      this.failures.set(shown.type, row);
    }
    return row;
  }

  *rows(): Iterable<DurationRow> {
    yield this.succeeded;
    yield* this.failures.values();
  }
}

/** The attributes that spans and metrics of an operation have in common. */
export function targetAttributes({ system, endpoint, namespace }: Target, operation: string): Attributes {
  return {
    [ATTR_DB_SYSTEM_NAME]: system,
    [ATTR_DB_OPERATION_NAME]: operation,
    ...(namespace === undefined ? {} : { [ATTR_DB_NAMESPACE]: namespace }),
    [ATTR_SERVER_ADDRESS]: endpoint.address,
    ...(endpoint.port === undefined ? {} : { [ATTR_SERVER_PORT]: endpoint.port }),
  };
}
