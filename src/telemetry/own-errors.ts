import { diag } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';

/** An error of ours never reaches the application. */
export class OwnErrors {
  private failures = 0;

  /** Runs something of ours that may fail: then nothing comes of it. */
  attempt<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** The first goes to the diagnostics, later ones are counted. */
  failed(error: unknown): void {
    if (this.failures++ > 0) return;
    diag.error(`${SCOPE_NAME}: an operation could not be observed; later ones are not reported`, error);
  }
}
