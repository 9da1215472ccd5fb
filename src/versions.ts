/**
 * Whether a version lies in a range of the form `>=5.0.0 <7`: the only one that adapters use, so that no range library is
 * loaded into the application. Prereleases count as their release.
 */
export function inRange(version: string, range: string): boolean {
  return range.split(' ').every((comparator) => {
    const order = compare(version, comparator.replace(/^[<>=]+/, ''));
    return comparator.startsWith('>=') ? order >= 0 : order < 0;
  });
}

function compare(one: string, other: string): number {
  const left = numbers(one);
  const right = numbers(other);
  for (let i = 0; i < 3; i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function numbers(version: string): number[] {
  return version.split(/[-+]/)[0]!.split('.').map(Number);
}
