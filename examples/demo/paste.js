'use strict';
// Runs the demo, and the demo with its troubles, and writes what they print into the README, between the marks.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const readme = path.join(__dirname, '../../README.md');
const RUNS = [
  { name: 'demo output', args: [] },
  { name: 'report output', args: ['--trouble'] },
];

// The README shows servers of the demo's own.
const env = { ...process.env, REDIS_URL: '', MEMCACHED_URL: '' };

function outputOf(args) {
  const run = path.join(__dirname, 'run.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, [run, ...args], { env, encoding: 'utf8' });
  if (status === 0) return stdout;
  process.stderr.write(stderr);
  process.exit(1);
}

for (const { name, args } of RUNS) {
  const text = fs.readFileSync(readme, 'utf8');
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*(<!-- end of ${name} -->)`);
  if (!marked.test(text)) {
    console.error(`paste: README.md has no marks for the ${name}`);
    process.exit(1);
  }
  const block = `\n\`\`\`text\n${outputOf(args)}\`\`\`\n\n`;
  fs.writeFileSync(
    readme,
    text.replace(marked, (_, before, after) => before + block + after),
  );
}
