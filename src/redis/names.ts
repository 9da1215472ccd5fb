/** @param upperCase the name as it is looked for, in any casing */
export function isNamed(name: string, upperCase: string): boolean {
  // Most names of the same length begin otherwise, and need no copy.
  return name.length === upperCase.length && isSameLetter(name, upperCase) && name.toUpperCase() === upperCase;
}

/** Whether both begin with the same letter, in any casing. */
function isSameLetter(one: string, other: string): boolean {
  return ((one.charCodeAt(0) ^ other.charCodeAt(0)) & ~32) === 0;
}

/** The names in a text, separated by blanks. */
export function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
