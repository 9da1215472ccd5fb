import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheReportData } from './model';
import { reportText } from './text';

/** Made by the build: script, style and the plotting library in one file. The same way from `src` and from `build`. */
const PAGE = join(__dirname, '../../build/report/page.html');

const DATA = '<!-- report data -->';
const TEXT = '<!-- report text -->';

/** The report as one page that asks for nothing from outside. */
export function reportHtml(report: CacheReportData): string {
  const page = readFileSync(PAGE, 'utf8');
  // No `</script>` and no `<!--` can stand in the data. A replacing function: `$&` in a name means nothing then.
  const data = JSON.stringify(report).replaceAll('<', '\\u003c');
  const text = reportText(report).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return page.replace(DATA, () => data).replace(TEXT, () => text);
}
