import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { end, removeFolder, temporaryFolder } from '../support/children';
import { freePort, LOOPBACK, startProcess } from '../support/redis-server';

/** A series of an answer: its labels and its value at the time of the query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [seconds: number, value: string];
}

export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: 'pending' | 'firing';
}

export interface PrometheusServer {
  /** The answer to a query as of now. */
  query(expression: string): Promise<readonly Sample[]>;
  alerts(): Promise<readonly Alert[]>;
  /** The values of a label, of the series that a selector gives. */
  labelValues(label: string, selector: string): Promise<readonly string[]>;
  stop(): Promise<void>;
}

async function answer<T>(url: string): Promise<T> {
  const response = await fetch(url);
  const { status, data, error } = (await response.json()) as { status: string; data: T; error?: string };
  if (status !== 'success') throw new Error(`${decodeURIComponent(url)}: ${error}`);
  return data;
}

/**
 * Starts a Prometheus server on a free loopback port, which scrapes and evaluates every second.
 * @param rules the text of a file of rules
 * @param scrapeConfigs as in a configuration file
 */
export async function startPrometheus(rules: string, scrapeConfigs: readonly object[]): Promise<PrometheusServer> {
  const folder = temporaryFolder();
  const [config, address] = [join(folder, 'prometheus.yml'), `${LOOPBACK}:${await freePort()}`];
  writeFileSync(join(folder, 'rules.yml'), rules);
  const global = { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' };
  writeFileSync(config, stringify({ global, rule_files: ['rules.yml'], scrape_configs: scrapeConfigs }));
  const args = [`--config.file=${config}`, `--storage.tsdb.path=${join(folder, 'data')}`, '--log.level=warn'];
  const url = `http://${address}`;
  const child = await startProcess('prometheus', [...args, `--web.listen-address=${address}`], async () => {
    return (await fetch(`${url}/-/ready`)).ok;
  });
  return {
    query: async (expression) => {
      const { result } = await answer<{ result: Sample[] }>(
        `${url}/api/v1/query?query=${encodeURIComponent(expression)}`,
      );
      return result;
    },
    alerts: async () => (await answer<{ alerts: Alert[] }>(`${url}/api/v1/alerts`)).alerts,
    labelValues: (label, selector) =>
      answer(`${url}/api/v1/label/${label}/values?match[]=${encodeURIComponent(selector)}`),
    stop: async () => {
      await end(child);
      removeFolder(folder);
    },
  };
}
