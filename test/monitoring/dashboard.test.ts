import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { METRIC_NAMES, ROUTES, seriesNames } from '../../monitoring/names';
import { METRIC_CACHE_HIT_RATE } from '../../src/semconv';
import { ROOT } from '../support/fixture';
import type { CheckedDashboard } from './dashboard-shape';

/** What the compiler has to say of several texts as dashboards, by name: nothing where they have the right shape. */
function shapeErrors(texts: Readonly<Record<string, string>>): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const sources = new Map(
    Object.entries(texts).map(([name, text]) => [
      join(__dirname, `${name}.checked.ts`),
      `import type { CheckedDashboard } from './dashboard-shape';\nexport const dashboard: CheckedDashboard = ${text};\n`,
    ]),
  );
  const all: ts.CompilerOptions = { ...options, rootDir: ROOT, noEmit: true };
  const host = ts.createCompilerHost(all);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => sources.has(path) || fileExists(path);
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const source = sources.get(path);
    if (source === undefined) return getSourceFile(path, languageVersion, ...rest);
    return ts.createSourceFile(path, source, languageVersion);
  };
  const program = ts.createProgram([...sources.keys()], all, host);
  return new Map(
    Object.keys(texts).map((name) => {
      const file = program.getSourceFile(join(__dirname, `${name}.checked.ts`));
      const found = [...program.getSemanticDiagnostics(file), ...program.getSyntacticDiagnostics(file)];
      return [name, found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))];
    }),
  );
}

describe('the dashboard for Grafana', function () {
  this.timeout(60_000);
  const texts = Object.fromEntries(
    ROUTES.map((route) => [route, readFileSync(join(ROOT, `monitoring/grafana/caches.${route}.json`), 'utf8')]),
  );

  it("has the shape that Grafana's schema asks for, and nothing that it does not know", () => {
    const text = texts['collector']!;
    const changed = (from: string, to: string): string => {
      assert.ok(text.includes(from), from);
      return text.replace(from, to);
    };
    const errors = shapeErrors({
      ...texts,
      unknownField: changed('"fillOpacity"', '"fillOpacitee"'),
      unknownOption: changed('"placement": "bottom"', '"placement": "below"'),
      noQuery: changed('"expr"', '"query"'),
      noDatasource: changed('"uid": "${datasource}"', '"uid": "mine"'),
      wrongType: changed('"schemaVersion": ', '"schemaVersion": "latest", "revision": '),
    });
    for (const route of ROUTES) assert.deepEqual(errors.get(route), []);
    for (const name of ['unknownField', 'unknownOption', 'noQuery', 'wrongType']) {
      assert.notDeepEqual(errors.get(name), [], `${name} is not noticed`);
    }
  });

  for (const route of ROUTES) {
    describe(`for ${route}`, () => {
      const { uid, panels, templating } = JSON.parse(texts[route]!) as CheckedDashboard;

      it('has panels whose ids are their own, side by side and below each other', () => {
        assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
        const taken = new Map<string, string>();
        for (const { title, gridPos } of panels) {
          const { x, y, w, h } = gridPos!;
          assert.ok(w > 0 && h > 0 && x + w <= 24, title);
          for (let column = x; column < x + w; column++) {
            for (let line = y; line < y + h; line++) {
              const cell = `${column}/${line}`;
              assert.equal(taken.get(cell), undefined, `${title} lies over ${taken.get(cell)}`);
              taken.set(cell, title!);
            }
          }
        }
      });

      it('asks the data source of its variable in every query, for what its variables select', () => {
        assert.deepEqual(
          templating.list?.map(({ name }) => name),
          ['datasource', 'service', 'cache', 'pattern'],
        );
        for (const panel of panels) {
          if (panel.type === 'row') continue;
          for (const { expr, datasource } of panel.targets) {
            assert.deepEqual(datasource, { type: 'prometheus', uid: '${datasource}' });
            assert.match(expr, /\{job=~"\$service"/, panel.title);
          }
        }
      });

      it('shows every metric', () => {
        // The rates are worked out from these, so that they are right over several processes too.
        const shown = METRIC_NAMES.filter((name) => name !== METRIC_CACHE_HIT_RATE);
        const queries = panels.flatMap((panel) => (panel.type === 'row' ? [] : panel.targets.map(({ expr }) => expr)));
        const isShown = (series: string) => queries.some((expr) => expr.includes(`${series}{`));
        assert.deepEqual(
          shown.filter((name) => !seriesNames(name, route).some(isShown)),
          [],
        );
      });

      it('is found by its own name', () => assert.equal(uid, `opentelemetry-cache-${route}`));
    });
  }
});
