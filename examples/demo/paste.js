'use strict';
// Runs the demo and writes what it prints into the README, between the two marks.

const { spawnSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

const readme = path.join(__dirname, '../../README.md');
const MARKED = /(<!-- demo output -->\n)[^]*(<!-- end of demo output -->)/;

// The README shows servers of the demo's own.
const env = { ...process.env, REDIS_URL: '', MEMCACHED_URL: '' };
const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(__dirname, 'run.js')], {
  env,
  encoding: 'utf8',
});
if (status !== 0) {
  process.stderr.write(stderr);
  process.exit(1);
}
const text = fs.readFileSync(readme, 'utf8');
if (!MARKED.test(text)) {
  console.error('paste: README.md has no marks for the demo output');
  process.exit(1);
}
const block = `\n\`\`\`text\n${stdout}\`\`\`\n\n`;
fs.writeFileSync(
  readme,
  text.replace(MARKED, (_, before, after) => before + block + after),
);
