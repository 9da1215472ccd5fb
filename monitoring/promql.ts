// What the rules and the dashboard are put together from.

/** Labels that a sum is formed by; `le` is the bound of a bucket. */
export type Labels = readonly string[];

export const sumBy = (labels: Labels, expression: string): string => `sum by (${labels.join(', ')}) (${expression})`;

export const rate = (series: string, window: string): string => `rate(${series}[${window}])`;

export const increase = (series: string, window: string): string => `increase(${series}[${window}])`;

/** A quantile (0 to 1) of a histogram, per set of labels. */
export function quantile(share: number, labels: Labels, buckets: string, window: string): string {
  return `histogram_quantile(${share}, ${sumBy([...labels, 'le'], rate(buckets, window))})`;
}

/** A quotient; where the divisor is 0 there is none, in place of a value that is not a number. */
export const ratio = (dividend: string, divisor: string): string => `(${dividend}) / (${divisor} > 0)`;

/** A sum of series that need not be there: 0 wherever `all` has a value. */
export const orZero = (part: string, all: string): string => `(${part}) or (${all}) * 0`;
