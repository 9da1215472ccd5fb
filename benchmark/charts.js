'use strict';

/** A line chart of the cost per command by one quantity, on a logarithmic axis, as SVG. */
async function writeChart(quantity, points) {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  const { spec } = compile({
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    width: 420,
    height: 200,
    background: 'white',
    title: `Added CPU of a sampled GET by ${quantity}`,
    data: { values: points.map(({ value, cpu }) => ({ value, cpu })) },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'value', type: 'quantitative', scale: { type: 'log' }, title: quantity },
      y: { field: 'cpu', type: 'quantitative', scale: { zero: true }, title: 'ns per command' },
    },
  });
  return new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG();
}

module.exports = { writeChart };
