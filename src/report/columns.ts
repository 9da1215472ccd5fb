/** A column of a text table. */
export interface Column<T> {
  readonly title: string;
  /** Default: to the right. */
  readonly align?: 'left';
  readonly text: (row: T) => string;
}

/** No character of a cache's or a pattern's name may move the cursor, change colours or turn the direction of the text. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/gu, '?');
}

/** Cuts the middle of what is too long: patterns differ at both ends. */
export function fit(text: string, width: number): string {
  if (text.length <= width) return text;
  const end = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - end)}…${text.slice(text.length - end)}`;
}

/**
 * Rows in aligned columns, in lines of at most so many characters. The first column gives way: what does not fit there has a
 * line of its own above the others.
 * @param least what the first column keeps at least
 */
export function alignedColumns<T>(
  columns: readonly Column<T>[],
  rows: readonly T[],
  lineWidth: number,
  least = 12,
): string[] {
  const cells = rows.map((row) => columns.map(({ text }) => text(row)));
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((texts) => texts[index]!.length)),
  );
  const rest = widths.slice(1).reduce((sum, width) => sum + width, 0);
  const wide = 2 * (columns.length - 1);
  const gap = rest + wide + Math.min(widths[0]!, 2 * least) <= lineWidth ? 2 : 1;
  widths[0] = Math.min(widths[0]!, Math.max(least, lineWidth - rest - gap * (columns.length - 1)));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, index) =>
        columns[index]!.align === 'left' ? text.padEnd(widths[index]!) : text.padStart(widths[index]!),
      )
      .join(' '.repeat(gap))
      .trimEnd();
  const lines = ([first, ...others]: readonly string[]): string[] =>
    first!.length <= widths[0]! ? [line([first!, ...others])] : [fit(first!, lineWidth), line(['', ...others])];
  return [line(columns.map(({ title }) => title)), ...cells.flatMap(lines)];
}

/** Breaks a text between words into lines of at most so many characters. */
export function wrapped(text: string, lineWidth: number): string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines[lines.length - 1]!;
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + 1 + word.length <= lineWidth) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => fit(line, lineWidth));
}
