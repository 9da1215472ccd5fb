// The fields of the Collector's components that the configuration may use, as the documentation up to 0.160 has them, with the
// page.

const CORE = 'https://github.com/open-telemetry/opentelemetry-collector/blob/main';
const CONTRIB = 'https://github.com/open-telemetry/opentelemetry-collector-contrib/blob/main';

/** A mapping of known fields; `null` is a value; an array of one is a list of such. */
export type Fields = null | readonly [Fields] | { readonly [field: string]: Fields };

export interface Component {
  readonly source: string;
  readonly fields: Fields;
}

/** exporter/exporterhelper/README.md */
const SENDING_QUEUE: Fields = {
  enabled: null,
  num_consumers: null,
  wait_for_result: null,
  block_on_overflow: null,
  sizer: null,
  queue_size: null,
  storage: null,
  batch: {
    flush_timeout: null,
    min_size: null,
    max_size: null,
    sizer: null,
    partition: { metadata_keys: [null], cache_size: null, idle_timeout: null },
  },
};

const RETRY: Fields = {
  enabled: null,
  initial_interval: null,
  max_interval: null,
  max_elapsed_time: null,
  multiplier: null,
};

const POLICY: Fields = {
  name: null,
  type: null,
  status_code: { status_codes: [null] },
  ottl_condition: { error_mode: null, span: [null], spanevent: [null] },
  boolean_attribute: { key: null, value: null },
  numeric_attribute: { key: null, min_value: null, max_value: null },
  latency: { threshold_ms: null, upper_threshold_ms: null },
  probabilistic: { sampling_percentage: null, hash_salt: null },
};

export const COMPONENTS: Readonly<Record<'receivers' | 'processors' | 'exporters', Record<string, Component>>> = {
  receivers: {
    otlp: {
      source: `${CORE}/receiver/otlpreceiver/README.md`,
      fields: { protocols: { grpc: { endpoint: null }, http: { endpoint: null } } },
    },
  },
  processors: {
    memory_limiter: {
      source: `${CORE}/processor/memorylimiterprocessor/README.md`,
      fields: {
        check_interval: null,
        limit_mib: null,
        spike_limit_mib: null,
        limit_percentage: null,
        spike_limit_percentage: null,
        min_gc_interval_when_soft_limited: null,
        min_gc_interval_when_hard_limited: null,
        max_gc_interval_when_soft_limited: null,
        max_gc_interval_when_hard_limited: null,
      },
    },
    resource: {
      source: `${CONTRIB}/processor/resourceprocessor/README.md`,
      fields: { attributes: [{ key: null, value: null, action: null, from_attribute: null }] },
    },
    tail_sampling: {
      source: `${CONTRIB}/processor/tailsamplingprocessor/README.md`,
      fields: {
        sampling_strategy: null,
        decision_wait: null,
        decision_wait_after_root_received: null,
        num_traces: null,
        num_shards: null,
        maximum_trace_size_bytes: null,
        block_on_overflow: null,
        drop_pending_traces_on_shutdown: null,
        expected_new_traces_per_sec: null,
        decision_cache: { sampled_cache_size: null, non_sampled_cache_size: null },
        sample_on_first_match: null,
        policies: [POLICY],
      },
    },
  },
  exporters: {
    otlp_grpc: {
      source: `${CORE}/exporter/otlpexporter/README.md`,
      fields: {
        endpoint: null,
        tls: { insecure: null },
        timeout: null,
        compression: null,
        sending_queue: SENDING_QUEUE,
        retry_on_failure: RETRY,
      },
    },
    otlp_http: {
      source: `${CORE}/exporter/otlphttpexporter/README.md`,
      fields: {
        endpoint: null,
        metrics_endpoint: null,
        tls: { insecure: null },
        timeout: null,
        compression: null,
        sending_queue: SENDING_QUEUE,
        retry_on_failure: RETRY,
      },
    },
  },
};
