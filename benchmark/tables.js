'use strict';

const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { CONFIGURATIONS, configurationsFor } = require('./configurations');
const { BOUNDS, ratios } = require('./bounds');
const { added, median, MORE_IN_PIPELINES, throughputRatio } = require('./rounds');

/** The README tells what it costs, the one beside this file how that was found, and in full. */
const TEXTS = [join(__dirname, '..', 'README.md'), join(__dirname, 'README.md')];

function conditionsLine({ rounds, turns, commands, inFlight, isolated, oneCore }, cpus) {
  const where = isolated ? 'network replaced by an in-process stream' : 'real servers on loopback';
  return (
    `Node ${process.versions.node}, ${cpus.length} cores (${oneCore ? 'one used' : 'not pinned'}), ${where}; ${rounds} rounds of ${turns} turns of ${commands} ` +
    `commands (${commands * MORE_IN_PIPELINES} in pipelines), ${inFlight} in flight, a process per configuration and round, turns interleaved; medians.`
  );
}

/** Nanoseconds of CPU that each configuration adds to a command. */
function costTable(rows, { clients, configurations, operations }) {
  const lines = clients.flatMap((client) =>
    configurationsFor(client, configurations)
      .filter((configuration) => !['a', 'g0'].includes(configuration))
      .map((configuration) => [
        client,
        CONFIGURATIONS[configuration].what,
        ...operations.map((operation) => whole(added(rows, { client, configuration, operation }))),
      ]),
  );
  return markdown(['client', 'added CPU per command, ns', ...operations], lines);
}

/** Each bound with the ratios that were measured; what exceeds it is bold. */
function ratioTable(rows, { clients, operations }) {
  const measured = ratios(rows, clients, operations);
  const lines = BOUNDS.flatMap((bound) =>
    clients.map((client) => {
      const own = measured.filter((one) => one.bound === bound && one.client === client);
      if (own.length === 0) return undefined;
      const cells = operations.map((operation) => {
        const ratio = own.find((one) => one.operation === operation)?.ratio;
        if (ratio === undefined) return '';
        return ratio <= bound.atMost ? ratio.toFixed(2) : `**${ratio.toFixed(2)}**`;
      });
      const held = own.filter(({ ratio }) => ratio <= bound.atMost).length;
      return [bound.what, client, `${bound.atMost} × ${bound.than}`, ...cells, `${held} of ${own.length}`];
    }),
  ).filter((line) => line !== undefined);
  return markdown(['situation', 'client', 'at most', ...operations, 'holds'], lines);
}

/** Commands per second of each configuration on a real server, and how many of ours there are for each of the official one. */
function throughputTable(rows, { clients, configurations, operations }) {
  const lines = clients.flatMap((client) => [
    ...configurationsFor(client, configurations).map((configuration) => [
      client,
      CONFIGURATIONS[configuration].what,
      ...operations.map((operation) => {
        const times = rows
          .filter((row) => row.client === client && row.configuration === configuration && row.operation === operation)
          .map(({ elapsed }) => median(elapsed));
        return times.length === 0 ? '' : whole(1e9 / median(times));
      }),
    ]),
    [
      client,
      'ours / official',
      ...operations.map((operation) => throughputRatio(rows, { client, operation }, 'ours', 'b')?.toFixed(2) ?? ''),
    ],
  ]);
  return markdown(['client', 'commands per second', ...operations], lines);
}

function whole(value) {
  return value === undefined ? '' : Math.round(value).toLocaleString('en');
}

function markdown(header, lines) {
  const rule = header.map(() => '---');
  return [header, rule, ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Replaces what stands between the markers of that name, in the README that has them. */
function writeReadme(text, marker) {
  const [begin, end] = [`<!-- ${marker} -->`, `<!-- end of ${marker} -->`];
  for (const file of TEXTS) {
    const readme = readFileSync(file, 'utf8');
    const from = readme.indexOf(begin);
    const to = readme.indexOf(end);
    if (from === -1 || to < from) continue;
    writeFileSync(file, `${readme.slice(0, from + begin.length)}\n\n${text}\n\n${readme.slice(to)}`);
    return;
  }
  throw new Error(`no README has the markers ${begin} and ${end}`);
}

module.exports = { conditionsLine, costTable, markdown, ratioTable, throughputTable, writeReadme };
