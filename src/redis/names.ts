/** @param upperCase the name as it is looked for, in any casing */
export function isNamed(name: string, upperCase: string): boolean {
  return name.length === upperCase.length && name.toUpperCase() === upperCase;
}

/** The names in a text, separated by blanks. */
export function names(text: string): ReadonlySet<string> {
  return new Set(text.trim().split(/\s+/));
}
