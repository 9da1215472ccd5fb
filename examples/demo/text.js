'use strict';
// Numbers, columns and colours of the demo's output.

const WIDTH = 100;

const coloured = process.stdout.isTTY === true && !process.env.NO_COLOR;
const paint = (code) => (text) => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
const colours = { bold: paint(1), dim: paint(2), green: paint(32), yellow: paint(33) };

const ms = (milliseconds) => `${milliseconds.toFixed(milliseconds < 10 ? 2 : 1)} ms`;
const count = (number) => number.toLocaleString('en-US', { maximumFractionDigits: 1 });
const bytes = (number) => `${count(Math.round(number))} B`;
const percent = (share) => `${(100 * share).toFixed(1)} %`;

/**
 * Prints rows in aligned columns.
 * @param columns names; a leading `>` aligns the column to the right
 * @param rows cells: a text, or a text and the function that colours it
 */
function table(columns, rows) {
  const names = columns.map((name) => name.replace(/^>/, ''));
  const textOf = (cell) => (Array.isArray(cell) ? cell[0] : (cell ?? ''));
  const widths = names.map((name, index) => Math.max(name.length, ...rows.map((row) => textOf(row[index]).length)));
  const line = (cells) => {
    const padded = cells.map((cell, index) => {
      const space = ' '.repeat(widths[index] - textOf(cell).length);
      const text = Array.isArray(cell) ? cell[1](cell[0]) : (cell ?? '');
      return columns[index].startsWith('>') ? space + text : text + space;
    });
    console.log(`  ${padded.join('  ')}`.trimEnd());
  };
  line(names.map((name) => [name, colours.dim]));
  rows.forEach(line);
}

function heading(text) {
  console.log(`\n${colours.bold(text)}`);
}

/** The end of a text is cut where there is no room for it. */
const fit = (text, width) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

module.exports = { ...colours, bytes, count, fit, heading, ms, percent, table, WIDTH };
