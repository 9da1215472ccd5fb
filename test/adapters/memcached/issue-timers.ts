import { createRequire } from 'node:module';

interface IssueLog {
  log(message: unknown): unknown;
}

/**
 * After a failure the library sets timers of up to five hours that nothing stops. They keep no test run alive here; what they
 * do stays as it is.
 */
export function letIssueTimersGo(): void {
  const { IssueLog } = createRequire(__filename)('memcached/lib/connection') as { IssueLog: { prototype: IssueLog } };
  const { log } = IssueLog.prototype;
  IssueLog.prototype.log = function (message) {
    const { setTimeout } = globalThis;
    globalThis.setTimeout = ((...all: Parameters<typeof setTimeout>) =>
      setTimeout(...all).unref()) as typeof setTimeout;
    try {
      return log.call(this, message);
    } finally {
      globalThis.setTimeout = setTimeout;
    }
  };
}
