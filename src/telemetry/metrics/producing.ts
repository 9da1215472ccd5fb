let producing = false;

/** From now on a metric producer hands over the statistics, so that instruments would tell everything twice. */
export function startProducing(): void {
  producing = true;
}

export function isProducing(): boolean {
  return producing;
}
