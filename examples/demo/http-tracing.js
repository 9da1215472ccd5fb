'use strict';
// The demo's own preload: spans of HTTP requests, for the trees. What a cache does is seen without it.

const { registerInstrumentations } = require('@opentelemetry/instrumentation');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');

registerInstrumentations({ instrumentations: [new HttpInstrumentation()] });
