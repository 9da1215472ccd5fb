import type { Attributes } from '@opentelemetry/api';
import type { Statistics } from '../statistics';
import type { LevelMetric } from './catalogue';

/** What one provider was told of a level. The SDK repeats the last value of what is not told any more: it has to be 0. */
export class LastLevels {
  private told = new Set<Attributes>();

  read(metric: LevelMetric, statistics: Statistics, point: (value: number, attributes: Attributes) => void): void {
    const gone = this.told;
    this.told = new Set();
    metric.read(statistics, (value, attributes) => {
      gone.delete(attributes);
      this.told.add(attributes);
      point(value, attributes);
    });
    for (const attributes of gone) point(0, attributes);
  }
}
