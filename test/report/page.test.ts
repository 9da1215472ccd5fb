import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { CacheReportData } from '../../src';
import { reportHtml } from '../../src/report/html';
import { removeFolder, temporaryFolder, until } from '../support/children';
import { openPage, startBrowser } from './browser';
import { madeUpReport } from './made-up';

const HOSTILE = [
  '<script>alert(1)</script>',
  '</script><img src=x onerror=alert(2)>',
  '"><svg onload=alert(3)>',
  '<!-- report text -->$&$1`${alert(4)}`',
  "javascript:alert(5)//'",
  '\u202Ereversed\u0000',
];

describe('the page of the report', function () {
  this.timeout(90_000);
  const folder = temporaryFolder();
  let browser: Browser;
  let written = 0;

  before(async () => {
    browser = await startBrowser();
  });

  after(async () => {
    await browser.close();
    removeFolder(folder);
  });

  /** Opens a report, and shows at the end that nothing went wrong. */
  async function withPage(
    report: CacheReportData,
    use: (page: Page) => Promise<void>,
    scheme: 'light' | 'dark' = 'light',
  ): Promise<void> {
    const path = join(folder, `${written++}.html`);
    writeFileSync(path, reportHtml(report));
    const { page, complaints, requests } = await openPage(browser, path, scheme);
    await use(page);
    assert.deepEqual({ complaints, requests }, { complaints: [], requests: [] });
    await page.close();
  }

  const texts = (page: Page, selector: string): Promise<string[]> => page.locator(selector).allTextContents();
  const background = (page: Page): Promise<string> =>
    page.evaluate('getComputedStyle(document.body).backgroundColor') as Promise<string>;
  const widestChart = (page: Page): Promise<number> =>
    page.evaluate("Math.max(...[...document.querySelectorAll('.uplot')].map((chart) => chart.offsetWidth))");
  const isDark = (colour: string): boolean => Number(/\d+/.exec(colour)![0]) < 128;
  /** The share of a chart's pixels that something is drawn on. */
  const drawn = (page: Page, selector: string): Promise<number> =>
    page.locator(selector).evaluate((canvas) => {
      const { width, height } = canvas as unknown as { width: number; height: number };
      const { data } = (canvas as unknown as { getContext(kind: string): Context })
        .getContext('2d')
        .getImageData(0, 0, width, height);
      let seen = 0;
      for (let i = 3; i < data.length; i += 4) if (data[i]! > 0) seen++;
      return seen / (width * height);
    });

  interface Context {
    getImageData(x: number, y: number, width: number, height: number): { data: Uint8ClampedArray };
  }

  it('shows findings, figures and charts', async () => {
    const report = madeUpReport(2, 12);
    await withPage(report, async (page) => {
      const [first] = report.findings;
      assert.ok(first !== undefined);
      assert.equal((await texts(page, '#findings li')).length, report.findings.length);
      assert.ok((await texts(page, '#findings li'))[0]!.includes(first.figure));
      assert.equal((await texts(page, '#patterns tbody tr')).length, 24);
      assert.equal(await page.locator('#pattern canvas').count(), 5);
      for (let chart = 0; chart < 5; chart++) {
        assert.ok((await drawn(page, `#pattern figure:nth-child(${chart + 1}) canvas`)) > 0.01, `chart ${chart}`);
      }
      assert.ok((await drawn(page, '#heat canvas')) > 0.05);
    });
  });

  it('is dark where the system is, and as the toggle says', async () => {
    const report = madeUpReport(1, 3);
    for (const scheme of ['light', 'dark'] as const) {
      await withPage(
        report,
        async (page) => {
          assert.equal(isDark(await background(page)), scheme === 'dark');
          await page.getByText('Dark', { exact: true }).click();
          assert.equal(isDark(await background(page)), true);
          await page.getByText('Light', { exact: true }).click();
          assert.equal(isDark(await background(page)), false);
          await page.getByText('System', { exact: true }).click();
          assert.equal(isDark(await background(page)), scheme === 'dark');
        },
        scheme,
      );
    }
  });

  it('draws its charts in the colours of the theme', async () => {
    await withPage(madeUpReport(1, 3), async (page) => {
      const picture = () =>
        page
          .locator('#pattern figure:nth-child(4) canvas')
          .evaluate((canvas) => (canvas as unknown as { toDataURL(): string }).toDataURL());
      const light = await picture();
      await page.getByText('Dark', { exact: true }).click();
      await page.waitForTimeout(50);
      const dark = await picture();
      assert.notEqual(dark, light);
      await page.getByText('Light', { exact: true }).click();
      await page.waitForFunction(
        `document.querySelector('#pattern figure:nth-child(4) canvas').toDataURL() === ${JSON.stringify(light)}`,
      );
    });
  });

  it('is used with the keyboard alone', async () => {
    await withPage(madeUpReport(1, 12), async (page) => {
      const focused = () => page.evaluate('document.activeElement.outerHTML') as Promise<string>;
      await page.keyboard.press('Tab');
      assert.match(await focused(), /Skip to the findings/);
      await page.keyboard.press('Tab');
      await page.keyboard.press('ArrowRight');
      await page.keyboard.press('ArrowRight');
      assert.equal(isDark(await background(page)), true);

      const chosen = () =>
        page.locator('#pattern select').evaluate((one) => (one as unknown as { value: string }).value);
      const heading = () => texts(page, '#pattern .facts dd').then((all) => all.join(' | '));
      await page.locator('#pattern select').focus();
      const before = await heading();
      await page.keyboard.press('ArrowDown');
      assert.equal(await chosen(), '1');
      assert.notEqual(await heading(), before);

      const chart = page.locator('#pattern .plot').first();
      const reading = () => page.locator('#pattern figure').first().locator('output').textContent();
      await chart.focus();
      await page.keyboard.press('Home');
      assert.match((await reading())!, /^0 s to [\d.]+ s/);
      await page.keyboard.press('End');
      const last = await reading();
      await page.keyboard.press('ArrowLeft');
      await page.keyboard.press('ArrowRight');
      assert.equal(await reading(), last);

      await page.locator('#heat .plot').focus();
      for (const key of ['End', 'ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
      assert.match((await page.locator('#heat output').textContent())!, /lookup/);
      await page.keyboard.press('Enter');
      assert.notEqual(await chosen(), '1');
      assert.match(await focused(), /^<select/);

      await page.locator('#patterns thead button').nth(2).focus();
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('#patterns thead th').nth(2).getAttribute('aria-sort'), 'descending');
      await page.keyboard.press('Enter');
      assert.equal(await page.locator('#patterns thead th').nth(2).getAttribute('aria-sort'), 'ascending');
      await page.locator('#patterns input').focus();
      await page.keyboard.type('area-1:');
      assert.equal(await page.locator('#patterns tbody tr:visible').count(), 1);
      await page.locator('#patterns tbody button:visible').focus();
      await page.keyboard.press('Enter');
      assert.match((await texts(page, '#patterns tr[aria-current]'))[0]!, /area-1:/);
    });
  });

  it('says so where there is nothing to show', async () => {
    await withPage(madeUpReport(0, 0), async (page) => {
      assert.match((await texts(page, '#findings'))[0]!, /No cache operation was recorded\./);
      assert.equal(await page.locator('section:visible').count(), 1);
    });
  });

  it('tells patterns of one name apart by their caches', async () => {
    const names = ['user', 'user', 'page'];
    await withPage(
      madeUpReport(3, 1, (cache) => names[cache]!),
      async (page) => {
        const options = await texts(page, '#pattern option');
        assert.deepEqual(options, ['user:* in cache-0.test:6379', 'user:* in cache-1.test:6379', 'page:*']);
        const row = page.locator('#heat [tabindex]');
        await row.focus();
        for (let step = 0; step < 9; step++) await row.press('ArrowUp');
        await row.press('Home');
        assert.match((await texts(page, '#heat .reading'))[0]!, /^user:\* in cache-0\.test:6379, 0 s/);
      },
    );
  });

  it('shows 200 patterns of 5 caches: all in the table, the worst in the picture', async () => {
    await withPage(madeUpReport(5, 200), async (page) => {
      assert.equal(await page.locator('#patterns tbody tr').count(), 1000);
      assert.ok((await drawn(page, '#heat canvas')) > 0.05);
      const { loadEventEnd } = (await page.evaluate('performance.getEntriesByType("navigation")[0].toJSON()')) as {
        loadEventEnd: number;
      };
      // Several times what it takes where nothing else runs.
      assert.ok(loadEventEnd < 15_000, `${loadEventEnd} ms`);
    });
  });

  it('shows names that would be markup or script as the text that they are', async () => {
    await withPage(
      madeUpReport(1, HOSTILE.length, (_, pattern) => HOSTILE[pattern]!),
      async (page) => {
        const shown = (await texts(page, '#patterns tbody th')).join('\n');
        for (const name of HOSTILE.slice(0, 5)) assert.ok(shown.includes(name), name);
        assert.equal(await page.locator('img, svg, body script:not([type])').count(), 1, 'only the own script');
      },
    );
  });

  it('keeps its width with very long names, on a telephone too, and the charts follow it', async () => {
    const long = (_: number, pattern: number) => `${'averylongname'.repeat(15)}-${pattern}`;
    await withPage(madeUpReport(2, 6, long), async (page) => {
      for (const width of [1280, 390]) {
        await page.setViewportSize({ width, height: 800 });
        const scroll = (await page.evaluate('document.documentElement.scrollWidth')) as number;
        assert.ok(scroll <= width, `${scroll} of ${width}`);
        await until(async () => (await widestChart(page)) < width, `charts narrower than ${width}`);
      }
    });
  });

  it('holds the licence of the plotting library, and no address that it would fetch', () => {
    const page = reportHtml(madeUpReport(1, 1));
    assert.match(page, /uPlot 1\.\d+\.\d+\nThe MIT License \(MIT\)\n\nCopyright \(c\) \d+ Leon Sorokin/);
    assert.doesNotMatch(page, /(src|href)="(?!#)/);
    assert.ok(page.length < 200_000, `${page.length} characters`);
  });
});
