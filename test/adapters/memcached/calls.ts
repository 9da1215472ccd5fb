import type Memcached from 'memcached';

export type Call = (method: string, ...args: unknown[]) => Promise<unknown>;

/** The methods of a client as promises. */
export function callsOf(client: Memcached): Call {
  const methods = client as unknown as Record<string, (...args: unknown[]) => void>;
  return (method, ...args) =>
    new Promise((resolve, reject) => {
      methods[method]!(...args, (error: unknown, result: unknown) => {
        if (error === undefined) resolve(result);
        else reject(error as Error);
      });
    });
}
