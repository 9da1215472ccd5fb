'use strict';
// Mocha's Spec reporter; closes with `N passed, M failed`, and in CI counts a silently skipped test as a failure.

const fs = require('node:fs');
const { reporters, Runner } = require('mocha');
const { openHandles } = require('./open-handles.cjs');

const { EVENT_TEST_PENDING } = Runner.constants;

/** A test that may be skipped says why: SKIP and the variable that would make it run. */
const EXCUSED = /\bSKIP\b.*\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/;

const PATIENCE_MS = 5000;

/** Ends a process that something keeps alive after the tests, and says what and where it was made; such a run has failed. */
function failOnLeaks() {
  const timer = setTimeout(() => {
    console.error(`Still open after the tests: ${process.getActiveResourcesInfo().join(', ')}`);
    for (const handle of openHandles()) console.error(handle);
    // Mocha sets the code in a listener of its own, which comes before this one.
    process.on('exit', () => (process.exitCode ||= 1));
    process.exit();
  }, PATIENCE_MS);
  // The timer alone keeps nothing alive.
  timer.unref();
}

module.exports = class CountingReporter extends reporters.Spec {
  #unexcused = [];

  constructor(runner, options) {
    super(runner, options);
    runner.on(EVENT_TEST_PENDING, (test) => {
      if (!EXCUSED.test(test.fullTitle())) this.#unexcused.push(test.fullTitle());
    });
  }

  /** Called by mocha once everything is over. */
  done(failures, exit) {
    const unexcused = process.env.CI ? this.#unexcused : [];
    if (unexcused.length > 0) {
      console.log('Skipped without a reason (a reason is SKIP and the name of a variable in the title):');
      for (const title of unexcused) console.log(`  ${title}`);
    }
    this.#report(this.stats.passes, this.stats.failures + unexcused.length, this.stats.pending - unexcused.length);
    exit(failures + unexcused.length);
    failOnLeaks();
  }

  #report(passed, failed, skipped) {
    if (process.env.TEST_COUNTS) {
      fs.writeFileSync(process.env.TEST_COUNTS, `${passed} ${failed} ${skipped}\n`);
    } else {
      console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
    }
  }
};
