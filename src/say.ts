/** One line on stderr. A stderr that is closed is no reason to end the application. */
export function say(line: string): void {
  try {
    process.stderr.write(`${line}\n`);
  } catch {
    // There is nobody to tell.
  }
}
