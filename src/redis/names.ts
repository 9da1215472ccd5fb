/** What a small ASCII letter has, and a capital lacks. */
const SMALL = 0x20;

/**
 * Whether a command has a name, in any casing. Every command is asked, more than once: the third letter tells in 4 ns, for hardly any other
 * of the same length has the same there; to change the case of its name takes 24.
 */
export function isNamed(name: string, lowerCase: string): boolean {
  return (
    name.length === lowerCase.length &&
    (name.charCodeAt(2) | SMALL) === lowerCase.charCodeAt(2) &&
    name.toLowerCase() === lowerCase
  );
}

/** The names in a text, separated by blanks. */
export function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
