'use strict';

// Under mocha, which it recognises by its globals, this package wraps `require` once more for every instrumentation that is
// made: after some hundred of them loading a module takes seconds. Loaded before the globals are there, it has one hook,
// as in an application.
require('@opentelemetry/instrumentation');
